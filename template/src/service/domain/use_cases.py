"""Use cases of orders."""

from service.domain.errors import OrderNotFoundError
from service.domain.order import Order, Status, decided
from service.domain.ports import IdempotencyKey, OrderQueue, Orders, Submission


def submit_order(
    order: Order,
    key: IdempotencyKey,
    *,
    orders: Orders,
    queue: OrderQueue | None,
) -> Submission:
    """Store an order. Without a queue it is decided at once, with a queue later.

    Raises:
        IdempotencyKeyReusedError: the key was used for another submission.
        SubmissionInProgressError: a submission with the same key is being written.
    """
    if queue is None:
        return orders.add(decided(order), key)
    submission = orders.add(order, key)
    # A replay is sent again: the first attempt may have failed between storing and sending.
    if submission.request.status is Status.PENDING:
        queue.send(submission.request)
    return submission


def process_order(owner: str, order_id: str, *, orders: Orders) -> Order:
    """Decide a stored order. A decided order is returned unchanged.

    Raises:
        OrderNotFoundError: the owner has no such order.
    """
    order = orders.get(owner, order_id)
    if order is None:
        raise OrderNotFoundError
    if order.status is not Status.PENDING:
        return order
    return orders.complete(decided(order))
