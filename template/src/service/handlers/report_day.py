"""The daily schedule, where there is no workflow: make the report of the day before."""

from aws_service_kit.runtime import clients, settings
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.event import subscriber
from aws_service_kit.runtime.logging import logger

from service.adapters.report_bucket import report_bucket
from service.adapters.request_days import request_days
from service.domain.report import day_before, make_report

clients.prime(clients.dynamodb, *([clients.s3] if settings.optional_text("REPORTS_BUCKET") else []))


@subscriber
def handler(message: Envelope) -> None:
    """Make the report; a repetition writes over it."""
    day = day_before(message.time)
    report = make_report(day, days=request_days(), reports=report_bucket())
    logger.info(
        "Report made",
        extra={
            "day": day.isoformat(),
            "pending": report.pending,
            "approved": report.approved,
            "rejected": report.rejected,
        },
    )
