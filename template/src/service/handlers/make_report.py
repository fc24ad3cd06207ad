"""The workflow's task that makes the report of a day."""

from aws_service_kit.runtime import clients, settings
from aws_service_kit.runtime.task import task

from service.adapters.report_bucket import report_bucket
from service.adapters.request_days import request_days
from service.domain.report import make_report, of_report
from service.handlers.workflow_states import DueReport, Outcome

clients.prime(clients.dynamodb, *([clients.s3] if settings.optional_text("REPORTS_BUCKET") else []))


@task(DueReport)
def handler(due: DueReport) -> Outcome:
    """Make the report; a repetition writes over it."""
    report = make_report(due.day, days=request_days(), reports=report_bucket())
    return Outcome.of(of_report(report), correlation_id=due.correlation_id)
