"""Example messages. `python3 dev.py local` prints a command for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_service_kit.local.messages import Message
from aws_service_kit.runtime import ids

from service.adapters.orders_table import OrdersTable
from service.domain.cpf import Cpf
from service.domain.events import EventType
from service.domain.order import Order, Priority
from service.domain.ports import IdempotencyKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.deployed_resources import DeployedResource
    from aws_service_kit.local.messages import Example

TABLE = "AWS::DynamoDB::GlobalTable"


def pending_order(cloud: Cloud, found: Sequence[DeployedResource]) -> Message:
    """Store a pending order, and return a message about it."""
    records = (TABLE, "Records")
    (table,) = (each.physical_id for each in found if (each.kind, each.logical_id) == records)
    now = ids.now()
    order = Order(
        id=ids.new_id(now),
        owner="example",
        reference="example-1",
        priority=Priority.NORMAL,
        amount_cents=12_500,
        document=Cpf("52998224725"),
        created_at=now,
    )
    orders = OrdersTable(cloud.client("dynamodb"), table)
    orders.add(order, IdempotencyKey(order.id, "example"))
    named = {"owner": order.owner, "request_id": order.id, "status": order.status}
    return Message(EventType.PROCESSING_REQUEST, named)


# The key is the receiver: its stack and its logical id.
EXAMPLES: Mapping[str, Example] = {
    "events/Events": pending_order,
    "messaging/Notifications": pending_order,
    "messaging/Requests": pending_order,
    "workflow/Processing": pending_order,
}
