"""Every week: what the service cost, in the log, as metrics and, where there is a bucket, in it."""

from datetime import UTC

from aws_service_kit.runtime import clients, settings
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.event import subscriber
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.metrics import measure

from service.adapters.cost_reports import as_json, store
from service.adapters.costs import costs_of
from service.domain.cost_report import latest_week, make_report

clients.prime(clients.cost_explorer)


@subscriber
def handler(envelope: Envelope) -> None:
    """Report the week before the day that the schedule names; a repetition says the same again."""
    today = envelope.time.astimezone(UTC).date()
    week = latest_week(today)
    report = make_report(week, costs_of(settings.text("SERVICE_TAG"), week))
    bucket = settings.optional_text("REPORTS_BUCKET")
    if bucket is not None:
        store(bucket, today, report)
    if not report.by_aws_service:
        logger.warning("No costs found: are the cost allocation tags active?")
    logger.info("Costs reported", extra={"costs": as_json(report)})
    measure("WeeklyCostUsd", float(report.total.usd))
    measure("WeeklyCostChangeUsd", float(report.total.change_usd))
