"""The factories of orders and of their queue."""

from aws_service_kit.runtime import clients, environment_variables

from service.adapters.orders_queue import SqsOrderQueue
from service.adapters.orders_table import OrdersTable


def orders() -> OrdersTable:
    """Return the orders in the table TABLE_NAME. New orders expire after RETENTION_DAYS."""
    table = environment_variables.required("TABLE_NAME")
    retention = environment_variables.optional_days("RETENTION_DAYS")
    return OrdersTable(clients.dynamodb(), table, retention=retention)


def order_queue(correlation_id: str) -> SqsOrderQueue | None:
    """Return the queue QUEUE_URL, or None if the service has none."""
    url = environment_variables.optional("QUEUE_URL")
    if url is None:
        return None
    source = environment_variables.required("POWERTOOLS_SERVICE_NAME")
    return SqsOrderQueue(clients.sqs(), url, source=source, correlation_id=correlation_id)
