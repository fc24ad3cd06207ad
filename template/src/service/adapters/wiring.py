"""The adapters as the environment of the function configures them."""

from aws_service_kit.runtime import clients, settings

from service.adapters.requests_queue import SqsRequestQueue
from service.adapters.requests_table import RequestsTable


def requests() -> RequestsTable:
    """Return the stored requests, in the table TABLE_NAME; new ones end after RETENTION_DAYS."""
    table = settings.text("TABLE_NAME")
    retention = settings.optional_days("RETENTION_DAYS")
    return RequestsTable(clients.dynamodb(), table, retention=retention)


def request_queue(correlation_id: str) -> SqsRequestQueue | None:
    """Return the queue QUEUE_URL, or None if the service has none."""
    url = settings.optional_text("QUEUE_URL")
    if url is None:
        return None
    source = settings.text("POWERTOOLS_SERVICE_NAME")
    return SqsRequestQueue(clients.sqs(), url, source=source, correlation_id=correlation_id)
