"""Which notices were published, in DynamoDB.

| item | pk | sk |
|---|---|---|
| published notice | `NOTICE#<type>#<id>` | `NOTICE` |
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from aws_service_kit.runtime import clients, ids, settings
from aws_service_kit.runtime.dependencies import dependency

from service.domain.notice import Notice

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# Longer than the service keeps a message that could be processed again: 30 days in the bus's
# archive, 21 in a queue and its dead-letter queue.
RETENTION = timedelta(days=90)


class PublishedNoticesTable:
    """The records, as `service.domain.notice.PublishedNotices` describes them.

    Every method raises a `DependencyError` when DynamoDB fails.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def record(self, notice: Notice) -> None:
        """Record that a notice was published."""
        expires_at = int((ids.now() + RETENTION).timestamp())
        item = {**_key(notice), "expires_at": {"N": str(expires_at)}}
        with dependency("DynamoDB"):
            self._client.put_item(TableName=self._table, Item=item)

    def includes(self, notice: Notice) -> bool:
        """Return whether a notice of the same type and id was recorded."""
        with dependency("DynamoDB"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(notice), ConsistentRead=True
            )
        return "Item" in answer


def _key(notice: Notice) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": f"NOTICE#{notice.type}#{notice.id}"}, "sk": {"S": "NOTICE"}}


def published_notices() -> PublishedNoticesTable:
    """Return the records in the table TABLE_NAME."""
    return PublishedNoticesTable(clients.dynamodb(), settings.text("TABLE_NAME"))
