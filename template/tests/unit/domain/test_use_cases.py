from dataclasses import dataclass, field, replace

import pytest

from service.domain.errors import IdempotencyKeyReusedError, OrderNotFoundError
from service.domain.order import Order, Status
from service.domain.ports import IdempotencyKey, Page, Submission
from service.domain.use_cases import process_order, submit_order
from tests.unit.domain.orders import ORDER

KEY = IdempotencyKey("digest", "fingerprint")


@dataclass
class Orders:
    """The port, in memory."""

    stored: dict[str, Order] = field(default_factory=dict)
    keys: dict[str, tuple[str, Order]] = field(default_factory=dict)

    def add(self, order: Order, key: IdempotencyKey) -> Submission:
        fingerprint, first = self.keys.setdefault(key.digest, (key.fingerprint, order))
        if fingerprint != key.fingerprint:
            raise IdempotencyKeyReusedError
        self.stored.setdefault(first.id, first)
        return Submission(first, replayed=first is not order)

    def get(self, owner: str, order_id: str) -> Order | None:
        found = self.stored.get(order_id)
        return found if found is not None and found.owner == owner else None

    def page(self, owner: str, *, limit: int, after: str | None = None) -> Page:
        raise NotImplementedError

    def complete(self, order: Order) -> Order:
        if self.stored[order.id].status is Status.PENDING:
            self.stored[order.id] = order
        return self.stored[order.id]


@dataclass
class Queue:
    """The port, in memory."""

    sent: list[Order] = field(default_factory=list)
    broken: bool = False

    def send(self, order: Order) -> None:
        if self.broken:
            raise ConnectionError
        self.sent.append(order)


def test_without_a_queue_an_order_is_decided_at_once() -> None:
    orders = Orders()

    submission = submit_order(ORDER, KEY, orders=orders, queue=None)

    assert submission.request.status is Status.APPROVED
    assert orders.stored[ORDER.id] == submission.request


def test_with_a_queue_an_order_waits() -> None:
    orders, queue = Orders(), Queue()

    submission = submit_order(ORDER, KEY, orders=orders, queue=queue)

    assert submission == Submission(ORDER, replayed=False)
    assert orders.stored[ORDER.id].status is Status.PENDING
    assert queue.sent == [ORDER]


def test_a_replay_sends_an_order_that_could_not_be_sent() -> None:
    orders, queue = Orders(), Queue(broken=True)
    with pytest.raises(ConnectionError):
        submit_order(ORDER, KEY, orders=orders, queue=queue)

    queue.broken = False
    again = submit_order(replace(ORDER, id="other"), KEY, orders=orders, queue=queue)

    assert again == Submission(ORDER, replayed=True)
    assert queue.sent == [ORDER]
    assert list(orders.stored) == [ORDER.id]


def test_a_decided_order_is_not_sent() -> None:
    orders, queue = Orders(), Queue()
    submit_order(ORDER, KEY, orders=orders, queue=None)

    submit_order(replace(ORDER, id="other"), KEY, orders=orders, queue=queue)

    assert queue.sent == []


def test_a_stored_order_is_decided_once() -> None:
    orders = Orders({ORDER.id: ORDER})

    first = process_order(ORDER.owner, ORDER.id, orders=orders)
    orders.stored[ORDER.id] = completed = replace(first, amount_cents=100_000_000)
    second = process_order(ORDER.owner, ORDER.id, orders=orders)

    assert first.status is Status.APPROVED
    assert second is completed


def test_the_first_decision_counts() -> None:
    other = replace(ORDER, status=Status.REJECTED)

    class Slower(Orders):
        def complete(self, order: Order) -> Order:
            self.stored[order.id] = other
            return super().complete(order)

    orders = Slower({ORDER.id: ORDER})

    assert process_order(ORDER.owner, ORDER.id, orders=orders) is other


def test_another_owners_order_is_not_found() -> None:
    with pytest.raises(OrderNotFoundError):
        process_order("other", ORDER.id, orders=Orders({ORDER.id: ORDER}))
