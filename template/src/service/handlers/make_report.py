"""The workflow's task that makes the report of a day."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.task import task

from service.adapters.factories.reports import orders_by_day, report_bucket
from service.domain.report import make_report, of_report
from service.handlers.workflow_states import DueReport, NotificationState

clients.create_at_init(clients.dynamodb, clients.if_set("REPORTS_BUCKET", clients.s3))


@task(DueReport)
def handler(due: DueReport) -> NotificationState:
    """Make the report. A retry replaces it."""
    report = make_report(due.day, days=orders_by_day(), reports=report_bucket())
    return NotificationState.of(of_report(report), correlation_id=due.correlation_id)
