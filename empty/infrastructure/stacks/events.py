"""The bus of the service's events."""

from aws_cdk import Stage
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.event_bus import EventBus
from aws_service_kit.constructs.stack import ServiceStack


class EventsStack(ServiceStack):
    """The bus and its archive; a rule is in the stack of its target."""

    events: EventBus

    def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
        super().__init__(
            stage, "events", environment=environment, description="Events and schedules"
        )
        self.events = EventBus(self, "Events")
