"""Webhook deliveries in a DynamoDB table, so that a repeated delivery is recognised.

An item's state is `started` while a delivery is handled, and `done` afterwards. After a failure it
is `released`, so that the sender's retry is handled.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import Any, cast

from aws_service_kit.runtime import clients, deadline, environment_variables
from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.errors import ConflictError
from aws_service_kit.runtime.ids import now

# A delivery that started and never ended blocks its retries for this time, if there is no time-out.
_LONGEST_LEASE_SECONDS = 900
_DAY_SECONDS = 24 * 60 * 60


class RepeatedDelivery(Exception):  # noqa: N818 (a signal, not an error)
    """The delivery was handled before."""


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The deliveries in a table.

    Attributes:
        table: The table's name.
        partition_key: Its partition key.
        sort_key: Its sort key.
        time_to_live: The attribute with the second after which DynamoDB deletes an item.
        days: Days for which a delivery is remembered.
    """

    table: str
    partition_key: str
    sort_key: str
    time_to_live: str
    days: int

    @classmethod
    def configured(cls) -> "Deliveries":
        """Return the deliveries in the table of the variable `DELIVERIES_TABLE`."""
        return cls(
            **json.loads(environment_variables.required(environment_variables.DELIVERIES_TABLE))
        )

    @contextmanager
    def once(self, delivery_id: str) -> Iterator[None]:
        """Run a block for a delivery, unless it was run before.

        Args:
            delivery_id: The same for every retry.

        Raises:
            RepeatedDelivery: The block was run before, without an exception.
            ConflictError: The block is running for the same delivery now.
            DependencyError: DynamoDB failed.
        """
        self._start(delivery_id)
        try:
            yield
        except BaseException:
            self._write(delivery_id, "released")
            raise
        self._write(delivery_id, "done")

    def _start(self, delivery_id: str) -> None:
        client, second = clients.dynamodb(), int(now().timestamp())
        remaining = deadline.remaining_seconds()
        lease = int(remaining if remaining < inf else _LONGEST_LEASE_SECONDS) + 1
        with dependency("DynamoDB"):
            try:
                client.update_item(
                    TableName=self.table,
                    Key=self._key(delivery_id),
                    UpdateExpression="SET #state = :started, lease_until = :lease, #ttl = :ttl",
                    # DynamoDB deletes an expired item days later.
                    ConditionExpression=(
                        "attribute_not_exists(#state) OR #state = :released OR #ttl < :now "
                        "OR (#state = :started AND lease_until < :now)"
                    ),
                    ExpressionAttributeNames=self._names,
                    ExpressionAttributeValues={
                        ":started": {"S": "started"},
                        ":released": {"S": "released"},
                        ":lease": {"N": str(second + lease)},
                        ":now": {"N": str(second)},
                        ":ttl": {"N": str(second + self.days * _DAY_SECONDS)},
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except client.exceptions.ConditionalCheckFailedException as error:
                response = cast("Mapping[str, Any]", error.response)
                if response.get("Item", {}).get("state") == {"S": "done"}:
                    raise RepeatedDelivery from None
                raise ConflictError("The delivery is being handled.") from None

    def _write(self, delivery_id: str, state: str) -> None:
        with dependency("DynamoDB"):
            clients.dynamodb().update_item(
                TableName=self.table,
                Key=self._key(delivery_id),
                UpdateExpression="SET #state = :state",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={":state": {"S": state}},
            )

    def _key(self, delivery_id: str) -> dict[str, dict[str, str]]:
        return {
            self.partition_key: {"S": f"DELIVERY#{delivery_id}"},
            self.sort_key: {"S": "DELIVERY"},
        }

    @property
    def _names(self) -> dict[str, str]:
        return {"#state": "state", "#ttl": self.time_to_live}
