"""The bus of the service's events, and the daily report."""

from aws_cdk import Duration, Stage
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.event_bus import EventBus, Rule
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.schedule import function_target
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Table

from infrastructure.stacks._daily_report import add_daily_schedule, allow_reporting
from service.domain.events import EventType
from service.domain.order import Status


class EventsStack(ServiceStack):
    """The bus and, in a service without a workflow, the functions that replace it."""

    events: EventBus

    def __init__(
        self,
        stage: Stage,
        environment: ServiceEnvironment,
        *,
        records: Table,
        reports: Bucket | None = None,
    ) -> None:
        super().__init__(
            stage, "events", environment=environment, description="Events and schedules"
        )
        self.events = EventBus(self, "Events")
        if environment.provides("processing"):
            return
        failures = DeadLetterQueue(self, "EventsDeadLetters")
        add_daily_report(self, records, reports, failures)
        # With a queue, the rule is in the queue's stack.
        if not environment.provides("submissions"):
            add_receiver(self, self.events, records, failures)


def add_receiver(
    stack: ServiceStack, bus: EventBus, records: Table, failures: DeadLetterQueue
) -> None:
    """Add the function that decides the orders of events, and its rule."""
    function = Function(
        stack,
        "ReceiveEvent",
        handler="service.handlers.receive_event.handler",
        memory_mb=512,
        timeout=Duration.seconds(20),
        environment={"TABLE_NAME": records.name},
        on_failure=failures,
    )
    records.grant(function, "dynamodb:GetItem", "dynamodb:UpdateItem")
    Rule(
        stack,
        "PendingRequests",
        bus=bus,
        event_type=EventType.PROCESSING_REQUEST,
        data={"status": [Status.PENDING]},
        target=function,
        dead_letter_queue=failures,
    )


def add_daily_report(
    stack: ServiceStack, records: Table, reports: Bucket | None, failures: DeadLetterQueue
) -> None:
    """Add the function that makes the daily report, and its schedule."""
    function = Function(
        stack,
        "ReportDay",
        handler="service.handlers.report_day.handler",
        memory_mb=512,
        timeout=Duration.minutes(1),
        on_failure=failures,
    )
    allow_reporting(function, records, reports)
    add_daily_schedule(stack, function_target(function), failures)
