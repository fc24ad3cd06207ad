"""Orders by the day on which they were submitted, in DynamoDB's index `by-day`."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.records import readable

from service.domain.order import Status
from service.domain.report import OrderSummary

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

    Item = Mapping[str, Mapping[str, Any]]

INDEX = "by-day"


class OrdersByDayIndex:
    """The port `service.domain.ports.reports.OrdersByDay`, on the index."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def summaries(self, day: date) -> Iterator[OrderSummary]:
        """Yield a summary of each order of a day that this release can read.

        Raises:
            DependencyError: DynamoDB failed.
        """
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": INDEX,
            "KeyConditionExpression": "#day = :day",
            "ExpressionAttributeNames": {"#day": "day"},
            "ExpressionAttributeValues": {":day": {"S": day.isoformat()}},
        }
        while True:
            with dependency("DynamoDB"):
                response = self._client.query(**query)
            yield from readable(response["Items"], _to_summary, record_id=_id)
            # At the end, the key is missing or empty (DynamoDB API reference, Query).
            last = response.get("LastEvaluatedKey")
            if not last:
                return
            query["ExclusiveStartKey"] = last


def _to_summary(item: "Item") -> OrderSummary:
    return OrderSummary(Status(item["status"]["S"]), int(item["amount_cents"]["N"]))


def _id(item: "Item") -> str:
    return str(item["sk"]["S"]).partition("#")[2]
