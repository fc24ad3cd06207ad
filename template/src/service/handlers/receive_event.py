"""Events of the bus, where there is no workflow and no queue: decide the request at once."""

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.event import subscriber

from service.handlers.decision import decide
from service.handlers.request_reference import reference_in

clients.prime(clients.dynamodb)


@subscriber
def handler(message: Envelope) -> None:
    """Decide the request that the event names."""
    named = reference_in(message)
    decide(named.owner, named.request_id)
