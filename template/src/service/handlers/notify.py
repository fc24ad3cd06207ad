"""The workflow's last task: tell the outcome."""

from aws_service_kit.runtime import clients, settings
from aws_service_kit.runtime.task import task

from service.adapters.notifications import notifications
from service.adapters.published_notices import published_notices
from service.handlers.workflow_states import Outcome, Told

clients.prime(*([clients.sns, clients.dynamodb] if settings.optional_text("TOPIC_ARN") else []))


@task(Outcome)
def handler(outcome: Outcome) -> Told:
    """Tell, if there is a topic; the workflow's own history tells in any case."""
    told = notifications(outcome.correlation_id)
    if told is not None:
        notice = outcome.to_notice()
        told.tell(notice)
        # After it: a function that is cut off in between publishes the notice again.
        published_notices().record(notice)
    return Told(correlation_id=outcome.correlation_id)
