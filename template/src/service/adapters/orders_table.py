"""Orders in DynamoDB.

| item | pk | sk |
|---|---|---|
| order | `OWNER#<owner>` | `REQUEST#<id>` |
| idempotency | `IDEMPOTENCY#<digest>` | `IDEMPOTENCY` |

An item expires at the epoch second `expires_at`. Readers omit expired items, because DynamoDB
deletes them some days later.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.idempotency import RETENTION_SECONDS
from aws_service_kit.runtime.records import read, readable

from service.domain.cpf import Cpf
from service.domain.errors import (
    IdempotencyKeyReusedError,
    OrderNotFoundError,
    SubmissionInProgressError,
)
from service.domain.order import Order, Priority, Reason, Status
from service.domain.ports import IdempotencyKey, Page, Submission

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        QueryInputTypeDef,
        TransactWriteItemTypeDef,
    )

    Item = Mapping[str, Mapping[str, Any]]

_OWNER = "OWNER#"
_ORDER = "REQUEST#"


class OrdersTable:
    """The port `service.domain.ports.Orders`, on a DynamoDB table.

    Every method raises a `DependencyError` if DynamoDB fails, or if this release can't read an
    item. A page omits such items.

    Args:
        client: a client of DynamoDB.
        table: the table's name.
        retention: time from the submission of an order to its expiry; None for no expiry.
        key_retention: time for which an idempotency key is stored.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        retention: timedelta | None = None,
        key_retention: timedelta = timedelta(seconds=RETENTION_SECONDS),
    ) -> None:
        self._client = client
        self._table = table
        self._retention = retention
        self._key_retention = key_retention

    def add(self, order: Order, key: IdempotencyKey) -> Submission:
        """Store the order and its idempotency key in one transaction, or neither."""
        writes = [self._put_key(order, key), self._put_order(order)]
        with dependency("DynamoDB"):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except self._client.exceptions.TransactionCanceledException as error:
                about_key = error.response["CancellationReasons"][0]
                if about_key["Code"] == "TransactionConflict":
                    raise SubmissionInProgressError from error
                if "Item" not in about_key:
                    raise
                stored = cast("Item", about_key["Item"])
                return read(stored, partial(_replay, key=key), record_id=_id)
        return Submission(order, replayed=False)

    def get(self, owner: str, order_id: str) -> Order | None:
        """Return one of the owner's orders, or None."""
        with dependency("DynamoDB"):
            response = self._client.get_item(
                TableName=self._table, Key=_key(owner, order_id), ConsistentRead=True
            )
        item = response.get("Item")
        if item is None or _has_expired(item):
            return None
        return read(item, _to_order, record_id=_id)

    def page(self, owner: str, *, limit: int, after: str | None = None) -> Page:
        """Return up to `limit` of the owner's orders, newest first."""
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "FilterExpression": "attribute_not_exists(expires_at) OR expires_at > :now",
            "ExpressionAttributeValues": {
                ":pk": {"S": _OWNER + owner},
                ":prefix": {"S": _ORDER},
                ":now": _epoch_second(datetime.now(UTC)),
            },
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if after is not None:
            query["ExclusiveStartKey"] = _key(owner, after)
        with dependency("DynamoDB"):
            response = self._client.query(**query)
        last = response.get("LastEvaluatedKey")
        # At the end, the key is missing or empty (DynamoDB API reference, Query).
        last_id = _id(last) if last else None
        return Page(tuple(readable(response["Items"], _to_order, record_id=_id)), last_id)

    def complete(self, order: Order) -> Order:
        """Store the decision of a pending order. If it is decided, return the stored order.

        Raises:
            OrderNotFoundError: the order was deleted.
        """
        decision = _decision(order)
        with dependency("DynamoDB"):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(order.owner, order.id),
                    UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in decision),
                    ConditionExpression="#status = :pending",
                    ExpressionAttributeNames={f"#{name}": name for name in decision},
                    ExpressionAttributeValues={
                        ":pending": {"S": Status.PENDING},
                        **{f":{name}": value for name, value in decision.items()},
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException as error:
                # Another function has decided it, perhaps by the rule of another release.
                stored = cast("Item | None", error.response.get("Item"))
                if stored is None:
                    raise OrderNotFoundError from error
                return read(stored, _to_order, record_id=_id)
        return order

    def _put_order(self, order: Order) -> "TransactWriteItemTypeDef":
        return {
            "Put": {
                "TableName": self._table,
                "Item": {
                    **_key(order.owner, order.id),
                    **_to_item(order),
                    # The partition key of the index `by-day`.
                    "day": {"S": order.created_at.astimezone(UTC).date().isoformat()},
                    **self._end(order),
                },
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _end(self, order: Order) -> "dict[str, AttributeValueTypeDef]":
        if self._retention is None:
            return {}
        return {"expires_at": _epoch_second(order.created_at + self._retention)}

    def _put_key(self, order: Order, key: IdempotencyKey) -> "TransactWriteItemTypeDef":
        return {
            "Put": {
                "TableName": self._table,
                # The order as it was first returned, for replays.
                "Item": {
                    "pk": {"S": f"IDEMPOTENCY#{key.digest}"},
                    "sk": {"S": "IDEMPOTENCY"},
                    **_to_item(order),
                    **_fingerprints(key),
                    "expires_at": _epoch_second(order.created_at + self._key_retention),
                },
                # An expired key may still exist, because DynamoDB deletes it later.
                "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
                "ExpressionAttributeValues": {":now": _epoch_second(order.created_at)},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }


def _replay(stored: "Item", key: IdempotencyKey) -> Submission:
    """Return the first submission of a key.

    Raises:
        IdempotencyKeyReusedError: the key was used for another submission.
    """
    # One equal fingerprint is enough: another release may have other defaults, or store only one.
    sent = stored.get("sent_fingerprint")
    sent_alike = sent is not None and sent["S"] == key.sent_fingerprint
    if stored["fingerprint"]["S"] != key.fingerprint and not sent_alike:
        raise IdempotencyKeyReusedError
    return Submission(_to_order(stored), replayed=True)


def _fingerprints(key: IdempotencyKey) -> "dict[str, AttributeValueTypeDef]":
    fingerprints: dict[str, AttributeValueTypeDef] = {"fingerprint": {"S": key.fingerprint}}
    if key.sent_fingerprint is not None:
        fingerprints["sent_fingerprint"] = {"S": key.sent_fingerprint}
    return fingerprints


def _key(owner: str, order_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": _OWNER + owner}, "sk": {"S": _ORDER + order_id}}


def _id(item: "Item") -> str:
    return str(item["sk"]["S"]).removeprefix(_ORDER)


def _epoch_second(time: datetime) -> "AttributeValueTypeDef":
    return {"N": str(int(time.timestamp()))}


def _has_expired(item: "Item") -> bool:
    return "expires_at" in item and int(item["expires_at"]["N"]) <= datetime.now(UTC).timestamp()


def _decision(order: Order) -> "dict[str, AttributeValueTypeDef]":
    decision: dict[str, AttributeValueTypeDef] = {"status": {"S": order.status}}
    if order.reason is not None:
        decision["reason"] = {"S": order.reason}
    return decision


def _to_item(order: Order) -> "dict[str, AttributeValueTypeDef]":
    return {
        "id": {"S": order.id},
        "owner": {"S": order.owner},
        "reference": {"S": order.reference},
        "priority": {"S": order.priority},
        "amount_cents": {"N": str(order.amount_cents)},
        "document": {"S": order.document.number},
        "created_at": {"S": order.created_at.isoformat()},
        **_decision(order),
    }


def _to_order(item: "Item") -> Order:
    return Order(
        id=item["id"]["S"],
        owner=item["owner"]["S"],
        reference=item["reference"]["S"],
        priority=Priority(item["priority"]["S"]),
        amount_cents=int(item["amount_cents"]["N"]),
        document=Cpf(item["document"]["S"]),
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        status=Status(item["status"]["S"]),
        reason=Reason(item["reason"]["S"]) if "reason" in item else None,
    )
