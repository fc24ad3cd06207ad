from dataclasses import replace

from hypothesis import given

from service.domain.events import EventType
from service.domain.notification import of_decision
from service.domain.order import Order, Reason, Status, decided
from tests.unit.domain.orders import ORDER, ORDERS


def test_what_happens_keeps_its_name() -> None:
    """Queues, topics and rules filter by these values, in this service and in others.

    Here the team states them; other tests use the names of `EventType`.
    """
    assert {one.value for one in EventType} >= {
        "Processing Request",
        "Request Decided",
        "Daily Report",
        "Report Made",
    }


def test_a_decision_says_what_and_why() -> None:
    order = replace(ORDER, status=Status.REJECTED, reason=Reason.AMOUNT_OVER_LIMIT)

    notification = of_decision(order)

    assert (notification.type, notification.id) == (EventType.REQUEST_DECIDED, ORDER.id)
    assert notification.facts == {
        "request_id": ORDER.id,
        "status": "rejected",
        "reason": "amount_over_limit",
    }


@given(ORDERS)
def test_a_notification_holds_nothing_personal(order: Order) -> None:
    text = str(of_decision(decided(order)))

    assert order.document.number not in text
    assert order.document.masked not in text
    assert order.reference not in text
