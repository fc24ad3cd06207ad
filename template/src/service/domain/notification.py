"""Notifications for people and other services. They contain no personal data."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.events import EventType
from service.domain.order import Order

Fact = str | int | None


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification.

    Attributes:
        type: the type of the event.
        id: with the type, it identifies the notification. A duplicate has the same id.
        facts: the data of the event.
    """

    type: EventType
    id: str
    facts: Mapping[str, Fact]


def of_decision(order: Order) -> Notification:
    """Return the notification of an order's decision."""
    facts = {"request_id": order.id, "status": order.status, "reason": order.reason}
    return Notification(EventType.REQUEST_DECIDED, order.id, facts)
