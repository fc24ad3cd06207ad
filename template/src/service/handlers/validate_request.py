"""The workflow's first task: read the message that started it."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.errors import NotFoundError
from aws_service_kit.runtime.task import task

from service.adapters.factories import storage
from service.adapters.factories.published_notifications import published_notifications
from service.domain.events import EventType
from service.domain.notification import of_decision
from service.domain.order import Status
from service.domain.report import day_before
from service.handlers.order_reference import reference_in
from service.handlers.workflow_states import DueReport, NothingToDo, PendingOrder

clients.create_at_init(clients.dynamodb)


@task(Envelope)
def handler(message: Envelope) -> PendingOrder | DueReport | NothingToDo:
    """Return the order to process, the day to report on, or nothing to do.

    An order is complete when its notification is published. If the workflow fails between decision
    and notification, the same message completes the order. Releases before 1.6.0 didn't store that
    a notification was published, so a message about one of their orders notifies once more.
    """
    correlation_id = message.correlation_id
    if message.type == EventType.DAILY_REPORT:
        return DueReport(correlation_id=correlation_id, day=day_before(message.time))
    named = reference_in(message)
    order = storage.orders().get(named.owner, named.request_id)
    if order is None:
        raise NotFoundError("The message names a request that isn't stored.")
    decided = order.status is not Status.PENDING
    if decided and published_notifications().includes(of_decision(order)):
        return NothingToDo(correlation_id=correlation_id)
    return PendingOrder(
        correlation_id=correlation_id, owner=named.owner, request_id=named.request_id
    )
