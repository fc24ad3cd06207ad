"""The workflow's first task: find out what the message that began it asks for."""

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.errors import NotFoundError
from aws_service_kit.runtime.task import task

from service.adapters import wiring
from service.adapters.published_notices import published_notices
from service.domain.events import EventType
from service.domain.notice import of_decision
from service.domain.report import day_before
from service.domain.request import Status
from service.handlers.request_reference import reference_in
from service.handlers.workflow_states import DueReport, NothingToDo, PendingRequest

clients.prime(clients.dynamodb)


@task(Envelope)
def handler(message: Envelope) -> PendingRequest | DueReport | NothingToDo:
    """Return a request to be decided or its decision to be notified, or a day to be reported on.

    A request is done when its notification was published, not when it was decided: what failed in
    between is made good by the same message. Requests that a release before 1.6.0 decided have no
    record of it: a message that names one of them notifies of it once more.
    """
    correlation_id = message.correlation_id
    if message.type == EventType.DAILY_REPORT:
        return DueReport(correlation_id=correlation_id, day=day_before(message.time))
    named = reference_in(message)
    request = wiring.requests().get(named.owner, named.request_id)
    if request is None:
        raise NotFoundError("The message names a request that isn't stored.")
    decided = request.status is not Status.PENDING
    if decided and published_notices().includes(of_decision(request)):
        return NothingToDo(correlation_id=correlation_id)
    return PendingRequest(
        correlation_id=correlation_id, owner=named.owner, request_id=named.request_id
    )
