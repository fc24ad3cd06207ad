"""Messages of the queue: decide the order that each one names, or pass the message on."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime import clients, environment_variables, messages
from aws_service_kit.runtime.batch import batch_handler
from aws_service_kit.runtime.envelope import Envelope

from service.adapters.factories.notifications import notifications
from service.domain.notification import of_decision
from service.handlers.decision import decide
from service.handlers.order_reference import reference_in

if environment_variables.optional("BUS_NAME"):
    clients.create_at_init(clients.events)
else:
    clients.create_at_init(clients.dynamodb, clients.sns)


@batch_handler
def handler(message: Envelope) -> None:
    """Put the message on the bus BUS_NAME, whose workflow decides; without a bus decide and notify.

    Either may happen again for one message, with the same result.
    """
    named = reference_in(message)
    bus = environment_variables.optional("BUS_NAME")
    if bus is not None:
        # In this service's name, whoever sent it: the rule of its workflow takes no other events.
        own = message.model_copy(
            update={"source": environment_variables.required("POWERTOOLS_SERVICE_NAME")}
        )
        messages.put_event(bus, own)
        return
    order = decide(named.owner, named.request_id)
    topic = notifications(message.correlation_id)
    if topic is not None:
        topic.notify(of_decision(order))
