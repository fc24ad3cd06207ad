"""Messages of the queue: decide the request that each one names, or pass the message on."""

from aws_service_kit.runtime import clients, messages, settings
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.queue import consumer

from service.adapters.notifications import notifications
from service.domain.notice import of_decision
from service.handlers.decision import decide
from service.handlers.request_reference import reference_in

clients.prime(
    *([clients.events] if settings.optional_text("BUS_NAME") else [clients.dynamodb, clients.sns])
)


@consumer
def handler(message: Envelope) -> None:
    """Put the message on the bus BUS_NAME, whose workflow decides; without a bus decide and tell.

    Either may happen again for one message, with the same outcome.
    """
    named = reference_in(message)
    bus = settings.optional_text("BUS_NAME")
    if bus is not None:
        # In this service's name, whoever sent it: the rule of its workflow takes no other events.
        own = message.model_copy(update={"source": settings.text("POWERTOOLS_SERVICE_NAME")})
        messages.put_event(bus, own)
        return
    request = decide(named.owner, named.request_id)
    told = notifications(message.correlation_id)
    if told is not None:
        told.tell(of_decision(request))
