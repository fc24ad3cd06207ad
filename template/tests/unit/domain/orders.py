"""Orders for tests."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from service.domain.cpf import Cpf, check_digits
from service.domain.order import Order, Priority

ORDER = Order(
    id="018f3c5e-7b7a-7cc3-98c4-dc0c0c07398f",
    owner="owner",
    reference="order-1",
    priority=Priority.NORMAL,
    amount_cents=10_000,
    document=Cpf("52998224725"),
    created_at=datetime(2026, 11, 24, 1, 2, 3, 456000, tzinfo=UTC),
)


CPFS = (
    st.from_regex("[0-9]{9}", fullmatch=True)
    .filter(lambda base: len(set(base)) > 1)
    .map(lambda base: base + check_digits(base))
)
ORDERS = st.builds(
    lambda priority, amount: replace(ORDER, priority=priority, amount_cents=amount),
    st.sampled_from(Priority),
    st.integers(1, 100_000_000),
)
