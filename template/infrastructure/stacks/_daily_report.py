"""The daily report, for the stack that makes it: the workflow's or that of events."""

from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.schedule import Schedule, ScheduleTarget
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Table

from service.domain.events import EventType


def allow_reporting(function: Function, records: Table, reports: Bucket | None) -> None:
    """Allow a function to read the orders of a day and to store the report in the bucket."""
    function.add_environment("TABLE_NAME", records.name)
    records.grant_index(function, "by-day", "dynamodb:Query")
    if reports is not None:
        function.add_environment("REPORTS_BUCKET", reports.name)
        reports.grant_put(function, "daily")


def add_daily_schedule(
    stack: ServiceStack, target: ScheduleTarget, failures: DeadLetterQueue
) -> None:
    """Add the schedule that starts the report of the day before, every morning."""
    Schedule(
        stack,
        "DailyReport",
        cron="cron(0 9 * * ? *)",
        event_type=EventType.DAILY_REPORT,
        target=target,
        dead_letter_queue=failures,
        description="Report on the requests of the day before",
    )
