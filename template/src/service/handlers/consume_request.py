"""Consumer of the queue: decides the order of each message, or forwards it to the bus."""

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
    """Put the message on the bus BUS_NAME, or decide the order and notify if there is no bus.

    With a bus, its workflow decides the order. A message that is processed twice has the same
    result as once.
    """
    named = reference_in(message)
    bus = environment_variables.optional("BUS_NAME")
    if bus is not None:
        # The workflow's rule only matches events with this service as the source.
        event = message.model_copy(
            update={"source": environment_variables.required("POWERTOOLS_SERVICE_NAME")}
        )
        messages.put_event(bus, event)
        return
    order = decide(named.owner, named.request_id)
    topic = notifications(message.correlation_id)
    if topic is not None:
        topic.notify(of_decision(order))
