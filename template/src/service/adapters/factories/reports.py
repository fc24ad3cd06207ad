"""The factories of daily reports."""

from aws_service_kit.runtime import clients, environment_variables

from service.adapters.orders_by_day import OrdersByDayIndex
from service.adapters.report_bucket import ReportBucket


def report_bucket() -> ReportBucket | None:
    """Return the bucket REPORTS_BUCKET, or None if the service has none."""
    bucket = environment_variables.optional("REPORTS_BUCKET")
    return None if bucket is None else ReportBucket(bucket)


def orders_by_day() -> OrdersByDayIndex:
    """Return the index of the table TABLE_NAME."""
    return OrdersByDayIndex(clients.dynamodb(), environment_variables.required("TABLE_NAME"))
