"""The workflow's task that decides an order."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.task import task

from service.domain.notification import of_decision
from service.handlers.decision import decide
from service.handlers.workflow_states import NotificationState, PendingOrder

clients.create_at_init(clients.dynamodb)


@task(PendingOrder)
def handler(pending: PendingOrder) -> NotificationState:
    """Decide the order, unless it is decided, and return the notification."""
    order = decide(pending.owner, pending.request_id)
    return NotificationState.of(of_decision(order), correlation_id=pending.correlation_id)
