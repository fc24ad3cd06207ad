"""Processing requests in DynamoDB.

| item | pk | sk |
|---|---|---|
| request | `OWNER#<owner>` | `REQUEST#<id>` |
| idempotency | `IDEMPOTENCY#<digest>` | `IDEMPOTENCY` |

From the epoch second `expires_at` on, an item counts as deleted; DynamoDB deletes it days later.
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
    RequestNotFoundError,
    SubmissionInProgressError,
)
from service.domain.ports import IdempotencyKey, Page, Submission
from service.domain.request import Priority, ProcessingRequest, Reason, Status

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        QueryInputTypeDef,
        TransactWriteItemTypeDef,
    )

    Item = Mapping[str, Mapping[str, Any]]

_OWNER = "OWNER#"
_REQUEST = "REQUEST#"


class RequestsTable:
    """The stored requests, as `service.domain.ports.Requests` describes them.

    Every method raises a `DependencyError` when DynamoDB fails, or when it reads a record that this
    release can't; a page leaves such records out.

    Args:
        client: of DynamoDB.
        table: its name.
        retention: how long a request is kept after it is submitted; None has no limit.
    """

    def __init__(
        self, client: "DynamoDBClient", table: str, *, retention: timedelta | None = None
    ) -> None:
        self._client = client
        self._table = table
        self._retention = retention

    def add(self, request: ProcessingRequest, key: IdempotencyKey) -> Submission:
        """Store the request and its idempotency key in one transaction, or neither."""
        writes = [self._put_key(request, key), self._put_request(request)]
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
        return Submission(request, replayed=False)

    def get(self, owner: str, request_id: str) -> ProcessingRequest | None:
        """Return one of the owner's requests, or None."""
        with dependency("DynamoDB"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(owner, request_id), ConsistentRead=True
            )
        item = answer.get("Item")
        if item is None or _has_expired(item):
            return None
        return read(item, _to_request, record_id=_id)

    def page(self, owner: str, *, limit: int, after: str | None = None) -> Page:
        """Return up to `limit` of the owner's requests, newest first."""
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "FilterExpression": "attribute_not_exists(expires_at) OR expires_at > :now",
            "ExpressionAttributeValues": {
                ":pk": {"S": _OWNER + owner},
                ":prefix": {"S": _REQUEST},
                ":now": _epoch_second(datetime.now(UTC)),
            },
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if after is not None:
            query["ExclusiveStartKey"] = _key(owner, after)
        with dependency("DynamoDB"):
            answer = self._client.query(**query)
        last = answer.get("LastEvaluatedKey")
        # DynamoDB API reference, Query: an empty key is the end, as well as none.
        last_id = _id(last) if last else None
        return Page(tuple(readable(answer["Items"], _to_request, record_id=_id)), last_id)

    def settle(self, request: ProcessingRequest) -> ProcessingRequest:
        """Store the decision of a pending request; return the stored one if it was decided before.

        Raises:
            RequestNotFoundError: it was deleted meanwhile.
        """
        outcome = _outcome(request)
        with dependency("DynamoDB"):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(request.owner, request.id),
                    UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in outcome),
                    ConditionExpression="#status = :pending",
                    ExpressionAttributeNames={f"#{name}": name for name in outcome},
                    ExpressionAttributeValues={
                        ":pending": {"S": Status.PENDING},
                        **{f":{name}": value for name, value in outcome.items()},
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException as error:
                # Another function was quicker, perhaps with the rule of another release.
                stored = cast("Item | None", error.response.get("Item"))
                if stored is None:
                    raise RequestNotFoundError from error
                return read(stored, _to_request, record_id=_id)
        return request

    def _put_request(self, request: ProcessingRequest) -> "TransactWriteItemTypeDef":
        return {
            "Put": {
                "TableName": self._table,
                "Item": {
                    **_key(request.owner, request.id),
                    **_to_item(request),
                    # The partition key of the index `by-day`.
                    "day": {"S": request.created_at.astimezone(UTC).date().isoformat()},
                    **self._end(request),
                },
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _end(self, request: ProcessingRequest) -> "dict[str, AttributeValueTypeDef]":
        if self._retention is None:
            return {}
        return {"expires_at": _epoch_second(request.created_at + self._retention)}

    def _put_key(
        self, request: ProcessingRequest, key: IdempotencyKey
    ) -> "TransactWriteItemTypeDef":
        kept = timedelta(seconds=RETENTION_SECONDS)
        return {
            "Put": {
                "TableName": self._table,
                # The answer is kept as it was given.
                "Item": {
                    "pk": {"S": f"IDEMPOTENCY#{key.digest}"},
                    "sk": {"S": "IDEMPOTENCY"},
                    **_to_item(request),
                    **_fingerprints(key),
                    "expires_at": _epoch_second(request.created_at + kept),
                },
                # DynamoDB deletes what has expired some time later.
                "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
                "ExpressionAttributeValues": {":now": _epoch_second(request.created_at)},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }


def _replay(stored: "Item", key: IdempotencyKey) -> Submission:
    """Return the answer that was given to the key before, if it was for the same submission."""
    # Either will do: another release may have stored it, with other defaults or one of them only.
    sent = stored.get("sent_fingerprint")
    sent_alike = sent is not None and sent["S"] == key.sent_fingerprint
    if stored["fingerprint"]["S"] != key.fingerprint and not sent_alike:
        raise IdempotencyKeyReusedError
    return Submission(_to_request(stored), replayed=True)


def _fingerprints(key: IdempotencyKey) -> "dict[str, AttributeValueTypeDef]":
    fingerprints: dict[str, AttributeValueTypeDef] = {"fingerprint": {"S": key.fingerprint}}
    if key.sent_fingerprint is not None:
        fingerprints["sent_fingerprint"] = {"S": key.sent_fingerprint}
    return fingerprints


def _key(owner: str, request_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": _OWNER + owner}, "sk": {"S": _REQUEST + request_id}}


def _id(item: "Item") -> str:
    return str(item["sk"]["S"]).removeprefix(_REQUEST)


def _epoch_second(time: datetime) -> "AttributeValueTypeDef":
    return {"N": str(int(time.timestamp()))}


def _has_expired(item: "Item") -> bool:
    return "expires_at" in item and int(item["expires_at"]["N"]) <= datetime.now(UTC).timestamp()


def _outcome(request: ProcessingRequest) -> "dict[str, AttributeValueTypeDef]":
    outcome: dict[str, AttributeValueTypeDef] = {"status": {"S": request.status}}
    if request.reason is not None:
        outcome["reason"] = {"S": request.reason}
    return outcome


def _to_item(request: ProcessingRequest) -> "dict[str, AttributeValueTypeDef]":
    return {
        "id": {"S": request.id},
        "owner": {"S": request.owner},
        "reference": {"S": request.reference},
        "priority": {"S": request.priority},
        "amount_cents": {"N": str(request.amount_cents)},
        "document": {"S": request.document.number},
        "created_at": {"S": request.created_at.isoformat()},
        **_outcome(request),
    }


def _to_request(item: "Item") -> ProcessingRequest:
    return ProcessingRequest(
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
