"""Orders in the emulator's table, as if a caller had submitted them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from aws_service_kit.config import load
from aws_service_kit.local.cloud import Cloud
from aws_service_kit.runtime import ids
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.testing.envelopes import envelope

from service.adapters.orders_table import OrdersTable
from service.domain.events import EventType
from service.domain.order import Order, Status
from service.domain.ports import IdempotencyKey
from tests.unit.domain.orders import ORDER

TABLE = "AWS::DynamoDB::GlobalTable"


@dataclass(frozen=True)
class Orders:
    """The table.

    Attributes:
        cloud: The emulator.
        name: The table's name.
    """

    cloud: Cloud
    name: str

    def store(self) -> Order:
        """Store a pending order, without a message about it."""
        now = datetime.now(UTC)
        order = replace(ORDER, id=ids.new_id(now), created_at=now)
        return self._table.add(order, IdempotencyKey(order.id, "fingerprint")).request

    def status(self, order: Order) -> Status | None:
        stored = self._table.get(order.owner, order.id)
        return None if stored is None else stored.status

    def decision(self, order: Order) -> Status | None:
        """Return an order's status once it is decided."""
        return self.decision_about(order.owner, order.id)

    def decision_about(self, owner: str, order_id: str) -> Status | None:
        stored = self._table.get(owner, order_id)
        return None if stored is None or stored.status is Status.PENDING else stored.status

    @property
    def _table(self) -> OrdersTable:
        return OrdersTable(self.cloud.client("dynamodb"), self.name)


def message_about(order: Order, **changes: Any) -> Envelope:  # noqa: ANN401 (any field's value)
    """Return the message that the API sends about an order."""
    data = {"owner": order.owner, "request_id": order.id, "status": "pending"}
    source = load().service.name
    fields = {"id": order.id, "type": EventType.PROCESSING_REQUEST, "source": source, "data": data}
    return envelope(**fields | changes)
