"""The daily schedule, in a service without workflow: makes the report of the day before."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.event_handler import event_handler
from aws_service_kit.runtime.logging import logger

from service.adapters.factories.reports import orders_by_day, report_bucket
from service.domain.report import day_before, make_report

clients.create_at_init(clients.dynamodb, clients.if_set("REPORTS_BUCKET", clients.s3))


@event_handler
def handler(message: Envelope) -> None:
    """Make the report. A retry replaces it."""
    day = day_before(message.time)
    report = make_report(day, days=orders_by_day(), reports=report_bucket())
    logger.info(
        "Report made",
        extra={
            "day": day.isoformat(),
            "pending": report.pending,
            "approved": report.approved,
            "rejected": report.rejected,
        },
    )
