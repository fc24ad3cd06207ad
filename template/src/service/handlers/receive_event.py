"""Consumer of the bus, in a service without workflow and queue: decides orders at once."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.event_handler import event_handler

from service.handlers.decision import decide
from service.handlers.order_reference import reference_in

clients.create_at_init(clients.dynamodb)


@event_handler
def handler(message: Envelope) -> None:
    """Decide the order of the event."""
    named = reference_in(message)
    decide(named.owner, named.request_id)
