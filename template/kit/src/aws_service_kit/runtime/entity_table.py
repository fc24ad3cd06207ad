"""Callers' entities in a DynamoDB table: idempotent creation, pages and optimistic locking.

| item | pk | sk |
|---|---|---|
| entity | `OWNER#<owner>` | `<PREFIX>#<id>` |
| idempotency | `IDEMPOTENCY#<PREFIX>#<key>` | `IDEMPOTENCY` |

The owner is part of the key, so no read can return another caller's entity. Ids are ordered by time
(`ids.new_id`), so a page needs no index. From the epoch second `expires_at` on, an item counts as
deleted; DynamoDB deletes it days later.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar, cast

from aws_service_kit.runtime import ids
from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.errors import ConflictError, UnprocessableError
from aws_service_kit.runtime.idempotency import RETENTION_SECONDS
from aws_service_kit.runtime.records import read, readable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        QueryInputTypeDef,
        TransactWriteItemTypeDef,
    )

    Item = Mapping[str, Mapping[str, Any]]

Value: TypeAlias = str | int | Sequence["Value"]
Values: TypeAlias = Mapping[str, Value | None]

_OWNER = "OWNER#"
# The attribute of an idempotency item that identifies the request.
_FINGERPRINT = "fingerprint"


class Entity(Protocol):
    """An entity of one caller; each change increments its version."""

    @property
    def id(self) -> str:
        """The id, by `ids.new_id`."""
        ...

    @property
    def owner(self) -> str:
        """The caller."""
        ...

    @property
    def version(self) -> int:
        """The version, from 1 on."""
        ...

    @property
    def created_at(self) -> datetime:
        """The time of creation, in UTC."""
        ...


_Entity = TypeVar("_Entity", bound=Entity)


class EntityTable(ABC, Generic[_Entity]):
    """The entities of one type in a table.

    Every method raises a `DependencyError` if DynamoDB fails, or if this release can't read a
    stored entity. `page` omits such entities instead.

    A subclass sets `prefix`, `to_values` and `from_values`; `python3 dev.py add entity` writes one.

    Args:
        client: A client of DynamoDB.
        table: The table's name.
        retention: Time for which an entity is kept after its creation; None is no limit.

    Attributes:
        prefix: The first part of the sort key, unique in the table.
    """

    prefix: ClassVar[str]

    def __init__(
        self, client: "DynamoDBClient", table: str, *, retention: timedelta | None = None
    ) -> None:
        self._client = client
        self._table = table
        self._retention = retention

    @abstractmethod
    def to_values(self, entity: _Entity, /) -> Values:
        """Return the stored values of an entity, by attribute, including `id` and `version`.

        A value of None isn't stored. Numbers other than integers are stored as text.
        """

    @abstractmethod
    def from_values(self, values: Mapping[str, Any], /) -> _Entity:
        """Return the entity with these values; raise `KeyError` or `ValueError` if it has none."""

    def add(self, entity: _Entity, *, key: str, fingerprint: str) -> _Entity:
        """Store an entity and its idempotency key in one transaction, or neither.

        Args:
            entity: A new entity.
            key: The digest of the caller's idempotency key (`idempotency.digest`).
            fingerprint: The fingerprint of the request (`Request.fingerprint`).

        Returns:
            The entity, or the entity as it was stored by the first request with the same key.

        Raises:
            ConflictError: Another request with the same key is in progress.
            UnprocessableError: The key belongs to another request.
        """
        attributes = _attributes(self.to_values(entity))
        now = datetime.now(UTC)
        writes = [
            self._put_key(key, attributes, fingerprint, now),
            self._put_entity(entity, attributes),
        ]
        with dependency("DynamoDB"):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except self._client.exceptions.TransactionCanceledException as error:
                about_key = error.response["CancellationReasons"][0]
                if about_key["Code"] == "TransactionConflict":
                    raise ConflictError(
                        "The first such request is in progress.", retry_after=1
                    ) from error
                if "Item" not in about_key:
                    raise
                first = cast("Item", about_key["Item"])
                if first.get(_FINGERPRINT) != {"S": fingerprint}:
                    raise UnprocessableError(
                        "The Idempotency-Key belongs to another request."
                    ) from error
                return self._read(first)
        return entity

    def get(self, owner: str, entity_id: str) -> _Entity | None:
        """Return one of the owner's entities, or None."""
        # DynamoDB rejects keys that are empty or too long.
        if not ids.is_id(entity_id):
            return None
        with dependency("DynamoDB"):
            response = self._client.get_item(
                TableName=self._table, Key=self._key(owner, entity_id), ConsistentRead=True
            )
        item = response.get("Item")
        return None if item is None or _has_expired(item) else self._read(item)

    def page(
        self, owner: str, *, limit: int, after: str | None = None
    ) -> tuple[list[_Entity], str | None]:
        """Return up to `limit` of the owner's entities, newest first, and the id of the last one.

        The page starts after the entity with the id `after`. The returned id is None after the last
        page. A page may have fewer entities than `limit`, or none, though further pages follow.
        """
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "FilterExpression": "attribute_not_exists(expires_at) OR expires_at > :now",
            "ExpressionAttributeValues": {
                ":pk": {"S": _OWNER + owner},
                ":prefix": {"S": f"{self.prefix}#"},
                ":now": _epoch_second(datetime.now(UTC)),
            },
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if after is not None:
            query["ExclusiveStartKey"] = self._key(owner, after)
        with dependency("DynamoDB"):
            response = self._client.query(**query)
        last = response.get("LastEvaluatedKey")
        entities = readable(response["Items"], self._entity, record_id=self._id)
        # An empty key marks the end, as a missing one does (DynamoDB API reference, Query).
        return list(entities), self._id(last) if last else None

    def replace(self, entity: _Entity) -> bool:
        """Store the next version of an entity; attributes that this release doesn't know are kept.

        Returns:
            True if it is stored; False if the stored version isn't the previous one, or is missing.
        """
        values = self.to_values(entity)
        attributes = _attributes(values)
        removed = [name for name in values if name not in attributes]
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in attributes)
        if removed:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in removed)
        with dependency("DynamoDB"):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=self._key(entity.owner, entity.id),
                    UpdateExpression=expression,
                    ConditionExpression="#version = :before",
                    ExpressionAttributeNames={f"#{name}": name for name in values},
                    ExpressionAttributeValues={
                        ":before": {"N": str(entity.version - 1)},
                        **{f":{name}": value for name, value in attributes.items()},
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException as error:
                # The SDK retries a call whose response was lost.
                stored = cast("Item", error.response.get("Item") or {})
                return all(stored.get(name) == value for name, value in attributes.items())
        return True

    def delete(self, entity: _Entity) -> bool:
        """Delete an entity; return False if another version of it is stored."""
        with dependency("DynamoDB"):
            try:
                self._client.delete_item(
                    TableName=self._table,
                    Key=self._key(entity.owner, entity.id),
                    ConditionExpression="attribute_not_exists(pk) OR #version = :version",
                    ExpressionAttributeNames={"#version": "version"},
                    ExpressionAttributeValues={":version": {"N": str(entity.version)}},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def _put_entity(
        self, entity: _Entity, attributes: "Mapping[str, AttributeValueTypeDef]"
    ) -> "TransactWriteItemTypeDef":
        end = {} if self._retention is None else _expiry(entity.created_at + self._retention)
        return {
            "Put": {
                "TableName": self._table,
                "Item": {**self._key(entity.owner, entity.id), **attributes, **end},
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _put_key(
        self,
        key: str,
        attributes: "Mapping[str, AttributeValueTypeDef]",
        fingerprint: str,
        now: datetime,
    ) -> "TransactWriteItemTypeDef":
        return {
            "Put": {
                "TableName": self._table,
                # With a copy of the entity: a repeated request gets the first response.
                "Item": {
                    "pk": {"S": f"IDEMPOTENCY#{self.prefix}#{key}"},
                    "sk": {"S": "IDEMPOTENCY"},
                    **attributes,
                    _FINGERPRINT: {"S": fingerprint},
                    **_expiry(now + timedelta(seconds=RETENTION_SECONDS)),
                },
                "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
                "ExpressionAttributeValues": {":now": _epoch_second(now)},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _key(self, owner: str, entity_id: str) -> "dict[str, AttributeValueTypeDef]":
        return {"pk": {"S": _OWNER + owner}, "sk": {"S": f"{self.prefix}#{entity_id}"}}

    def _id(self, item: "Item") -> str:
        return str(item["sk"]["S"]).removeprefix(f"{self.prefix}#")

    def _read(self, item: "Item") -> _Entity:
        return read(item, self._entity, record_id=self._id)

    def _entity(self, item: "Item") -> _Entity:
        return self.from_values({name: _value(stored) for name, stored in item.items()})


def _attributes(values: Values) -> "dict[str, AttributeValueTypeDef]":
    return {name: _attribute(value) for name, value in values.items() if value is not None}


def _attribute(value: Value) -> "AttributeValueTypeDef":
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case _:
            return {"L": [_attribute(each) for each in value]}


def _value(attribute: Mapping[str, Any]) -> Any:  # noqa: ANN401 (`from_values` checks the type)
    ((data_type, stored),) = attribute.items()
    match data_type:
        case "N":
            return int(stored)
        case "L":
            return tuple(map(_value, stored))
        case _:
            return stored


def _expiry(end: datetime) -> "dict[str, AttributeValueTypeDef]":
    return {"expires_at": _epoch_second(end)}


def _epoch_second(time: datetime) -> "AttributeValueTypeDef":
    return {"N": str(int(time.timestamp()))}


def _has_expired(item: "Item") -> bool:
    return "expires_at" in item and int(item["expires_at"]["N"]) <= datetime.now(UTC).timestamp()
