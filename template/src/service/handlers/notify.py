"""The workflow's last task: publish the notification."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.task import task

from service.adapters.factories.notifications import notifications
from service.adapters.factories.published_notifications import published_notifications
from service.handlers.workflow_states import Completed, NotificationState

clients.create_at_init(clients.if_set("TOPIC_ARN", clients.sns, clients.dynamodb))


@task(NotificationState)
def handler(state: NotificationState) -> Completed:
    """Publish the notification, if there is a topic. The execution's history has it in any case."""
    topic = notifications(state.correlation_id)
    if topic is not None:
        notification = state.to_notification()
        topic.notify(notification)
        # If the function is interrupted before this line, a retry publishes the notification again.
        published_notifications().record(notification)
    return Completed(correlation_id=state.correlation_id)
