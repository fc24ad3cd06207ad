"""Published notifications, in DynamoDB.

| item | pk | sk |
|---|---|---|
| published notification | `NOTICE#<type>#<id>` | `NOTICE` |
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from aws_service_kit.runtime import ids
from aws_service_kit.runtime.dependencies import dependency

from service.domain.notification import Notification

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# Longer than any message is kept that could be processed again: 30 days in the bus's archive,
# 21 days in a queue and its dead-letter queue.
RETENTION = timedelta(days=90)


class PublishedNotificationsTable:
    """The port `service.domain.ports.notifications.PublishedNotifications`, on a DynamoDB table.

    Every method raises a `DependencyError` if DynamoDB fails.

    Args:
        client: a client of DynamoDB.
        table: the table's name.
        retention: time for which an item is stored.
    """

    def __init__(
        self, client: "DynamoDBClient", table: str, *, retention: timedelta = RETENTION
    ) -> None:
        self._client = client
        self._table = table
        self._retention = retention

    def record(self, notification: Notification) -> None:
        """Store that a notification was published."""
        expires_at = int((ids.now() + self._retention).timestamp())
        item = {**_key(notification), "expires_at": {"N": str(expires_at)}}
        with dependency("DynamoDB"):
            self._client.put_item(TableName=self._table, Item=item)

    def includes(self, notification: Notification) -> bool:
        """Return whether a notification of the same type and id was published."""
        with dependency("DynamoDB"):
            response = self._client.get_item(
                TableName=self._table, Key=_key(notification), ConsistentRead=True
            )
        return "Item" in response


def _key(notification: Notification) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": f"NOTICE#{notification.type}#{notification.id}"}, "sk": {"S": "NOTICE"}}
