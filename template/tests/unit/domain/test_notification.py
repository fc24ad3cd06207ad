from dataclasses import replace

from hypothesis import given

from service.domain.events import EventType
from service.domain.notification import of_decision
from service.domain.order import Order, Reason, Status, decided
from tests.unit.domain.orders import ORDER, ORDERS


def test_event_types_keep_their_values() -> None:
    """Queues, topics and rules filter by these values, in this service and in others.

    Other tests use the names of `EventType`, not these values.
    """
    assert {one.value for one in EventType} >= {
        "Processing Request",
        "Request Decided",
        "Daily Report",
        "Report Made",
    }


def test_a_decision_has_its_status_and_reason() -> None:
    order = replace(ORDER, status=Status.REJECTED, reason=Reason.AMOUNT_OVER_LIMIT)

    notification = of_decision(order)

    assert (notification.type, notification.id) == (EventType.REQUEST_DECIDED, ORDER.id)
    assert notification.facts == {
        "request_id": ORDER.id,
        "status": "rejected",
        "reason": "amount_over_limit",
    }


@given(ORDERS)
def test_a_notification_has_no_personal_data(order: Order) -> None:
    text = str(of_decision(decided(order)))

    assert order.document.number not in text
    assert order.document.masked not in text
    assert order.reference not in text
