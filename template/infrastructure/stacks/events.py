"""What has happened, for whoever wants to know, and what happens every day."""

from aws_cdk import Duration, Stack, Stage
from aws_service_kit.constructs.event_bus import EventBus, Rule
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.schedule import Schedule, function_target
from aws_service_kit.constructs.service import Service, require
from aws_service_kit.constructs.stack import ServiceStack

from service.domain.events import EventType
from service.domain.request import Status

OFFERS = ("bus",)
USES = ("table", "reports")

EVERY_DAY_AT_NINE = "cron(0 9 * * ? *)"


def build(stage: Stage, service: Service) -> Stack:
    """Make the bus; without a workflow, which has a rule and a schedule, what stands in for it."""
    stack = ServiceStack(stage, "events", service=service, description="Events and schedules")
    service.bus = EventBus(stack, "Events", service=service)
    if "workflow" in service.offered:
        return stack
    dead_letters = DeadLetterQueue(stack, "EventsDeadLetters", service=service)
    add_daily_report(stack, service, dead_letters)
    # With a queue, its own stack has a rule that leads there.
    if "queue" not in service.offered:
        add_receiver(stack, service, service.bus, dead_letters)
    return stack


def add_receiver(
    stack: Stack, service: Service, bus: EventBus, dead_letters: DeadLetterQueue
) -> None:
    """Decide the requests that events name."""
    table = require(service.table, "table")
    function = ServiceFunction(
        stack,
        "ReceiveEvent",
        service=service,
        handler="service.handlers.receive_event.handler",
        memory_mb=512,
        timeout=Duration.seconds(20),
        environment={"TABLE_NAME": table.name},
        on_failure=dead_letters,
    )
    table.grant(function, "dynamodb:GetItem", "dynamodb:UpdateItem")
    Rule(
        stack,
        "PendingRequests",
        service=service,
        bus=bus,
        event_type=EventType.PROCESSING_REQUEST,
        data={"status": [Status.PENDING]},
        target=function,
        dead_letters=dead_letters,
    )


def add_daily_report(stack: Stack, service: Service, dead_letters: DeadLetterQueue) -> None:
    """Report every morning on the requests of the day before."""
    table = require(service.table, "table")
    function = ServiceFunction(
        stack,
        "ReportDay",
        service=service,
        handler="service.handlers.report_day.handler",
        memory_mb=512,
        timeout=Duration.minutes(1),
        environment={"TABLE_NAME": table.name},
        on_failure=dead_letters,
    )
    table.grant_index(function, "by-day", "dynamodb:Query")
    if service.reports is not None:
        function.add_environment("REPORTS_BUCKET", service.reports.name)
        service.reports.grant_put(function, "daily")
    Schedule(
        stack,
        "DailyReport",
        service=service,
        cron=EVERY_DAY_AT_NINE,
        event_type=EventType.DAILY_REPORT,
        target=function_target(function),
        dead_letters=dead_letters,
        description="Report on the requests of the day before",
    )
