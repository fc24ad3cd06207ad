"""Events of the bus, where there is no workflow and no queue: decide the request at once."""

from service.handlers.decision import decide
from service.handlers.request_reference import reference_in
from service.runtime import clients
from service.runtime.envelope import Envelope
from service.runtime.event import subscriber

clients.prime(clients.dynamodb)


@subscriber
def handler(message: Envelope) -> None:
    """Decide the request that the event names."""
    named = reference_in(message)
    decide(named.owner, named.request_id)
