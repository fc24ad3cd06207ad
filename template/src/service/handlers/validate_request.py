"""The workflow's first task: find out what the message that began it asks for."""

from service.adapters import wiring
from service.domain.events import EventType
from service.domain.report import day_before
from service.domain.request import Status
from service.handlers.request_reference import reference_in
from service.handlers.workflow_states import DueReport, NothingToDo, PendingRequest
from service.runtime import clients
from service.runtime.envelope import Envelope
from service.runtime.errors import NotFoundError
from service.runtime.task import task

clients.prime(clients.dynamodb)


@task(Envelope)
def handler(message: Envelope) -> PendingRequest | DueReport | NothingToDo:
    """Return a request that waits for its decision, or a day whose report is due."""
    correlation_id = message.correlation_id
    if message.type == EventType.DAILY_REPORT:
        return DueReport(correlation_id=correlation_id, day=day_before(message.time))
    named = reference_in(message)
    request = wiring.requests().get(named.owner, named.request_id)
    if request is None:
        raise NotFoundError("The message names a request that isn't stored.")
    if request.status is not Status.PENDING:
        return NothingToDo(correlation_id=correlation_id)
    return PendingRequest(
        correlation_id=correlation_id, owner=named.owner, request_id=named.request_id
    )
