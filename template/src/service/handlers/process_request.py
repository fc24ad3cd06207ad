"""The workflow's task that decides a request."""

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.task import task

from service.domain.notice import of_decision
from service.handlers.decision import decide
from service.handlers.workflow_states import Outcome, PendingRequest

clients.prime(clients.dynamodb)


@task(PendingRequest)
def handler(pending: PendingRequest) -> Outcome:
    """Decide unless that was done before, and return the notice."""
    request = decide(pending.owner, pending.request_id)
    return Outcome.of(of_decision(request), correlation_id=pending.correlation_id)
