"""Notifications of people and other services; they hold nothing personal."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.events import EventType
from service.domain.order import Order

Fact = str | int | None


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification.

    Attributes:
        type: what happened.
        id: with the type, the same however often it is sent.
        facts: what it is about.
    """

    type: EventType
    id: str
    facts: Mapping[str, Fact]


def of_decision(order: Order) -> Notification:
    """Return the notification of an order's decision."""
    facts = {"request_id": order.id, "status": order.status, "reason": order.reason}
    return Notification(EventType.REQUEST_DECIDED, order.id, facts)
