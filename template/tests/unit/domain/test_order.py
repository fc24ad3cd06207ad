from dataclasses import replace

import pytest
from hypothesis import given

from service.domain.order import LIMITS, Decision, Order, Priority, Reason, Status, decide, decided
from tests.unit.domain.orders import ORDER, ORDERS

APPROVED = Decision(Status.APPROVED)
REJECTED = Decision(Status.REJECTED, Reason.AMOUNT_OVER_LIMIT)


@pytest.mark.parametrize(
    ("priority", "amount_cents", "expected"),
    [
        (Priority.NORMAL, 1_000_000, APPROVED),
        (Priority.NORMAL, 1_000_001, REJECTED),
        (Priority.HIGH, 5_000_000, APPROVED),
        (Priority.HIGH, 5_000_001, REJECTED),
    ],
)
def test_limits(priority: Priority, amount_cents: int, expected: Decision) -> None:
    assert decide(replace(ORDER, priority=priority, amount_cents=amount_cents)) == expected


@given(ORDERS)
def test_every_order_is_decided_with_a_reason_if_rejected(order: Order) -> None:
    after = decided(order)

    assert after.status is not Status.PENDING
    assert (after.status is Status.REJECTED) is (after.reason is not None)
    assert replace(after, status=order.status, reason=order.reason) == order


@given(ORDERS)
def test_a_lower_amount_is_approved_too(order: Order) -> None:
    if decide(order) == APPROVED:
        assert decide(replace(order, amount_cents=order.amount_cents - 1)) == APPROVED


def test_every_priority_has_a_limit() -> None:
    assert set(LIMITS) == set(Priority)


def test_stored_values_stay() -> None:
    """Stored orders, callers and queues use these values: a change needs a migration."""
    assert {one.value for one in Priority} == {"normal", "high"}
    assert {one.value for one in Status} == {"pending", "approved", "rejected"}
    assert {one.value for one in Reason} == {"amount_over_limit"}


def test_a_new_order_is_pending() -> None:
    new = Order(
        id=ORDER.id,
        owner=ORDER.owner,
        reference=ORDER.reference,
        priority=ORDER.priority,
        amount_cents=ORDER.amount_cents,
        document=ORDER.document,
        created_at=ORDER.created_at,
    )

    assert (new.status, new.reason) == (Status.PENDING, None)


def test_repr_has_no_personal_data() -> None:
    assert "52998224725" not in repr(ORDER)
