"""The weekly cost report: in the log, as metrics and, if there is a bucket, in the bucket."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from datetime import UTC

from aws_service_kit.runtime import clients, environment_variables
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.event_handler import event_handler
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.metrics import measure

from service.adapters.cost_reports import as_json, store
from service.adapters.costs import costs_of
from service.domain.cost_report import latest_week, make_report

clients.create_at_init(clients.cost_explorer)


@event_handler
def handler(envelope: Envelope) -> None:
    """Report the last seven days with complete costs. A retry makes the same report."""
    today = envelope.time.astimezone(UTC).date()
    week = latest_week(today)
    report = make_report(week, costs_of(environment_variables.required("SERVICE_TAG"), week))
    bucket = environment_variables.optional("REPORTS_BUCKET")
    if bucket is not None:
        store(bucket, today, report)
    if not report.by_aws_service:
        logger.warning("No costs found: are the cost allocation tags active?")
    logger.info("Costs reported", extra={"costs": as_json(report)})
    measure("WeeklyCostUsd", float(report.total.usd))
    measure("WeeklyCostChangeUsd", float(report.total.change_usd))
