"""Decides the order of a message, for every trigger that receives such messages."""

from aws_service_kit.runtime.errors import NotFoundError
from aws_service_kit.runtime.metrics import count

from service.adapters.factories import storage
from service.domain.errors import OrderNotFoundError
from service.domain.order import Order
from service.domain.use_cases import process_order


def decide(owner: str, order_id: str) -> Order:
    """Decide a stored order. A second call returns the same decision.

    Raises:
        NotFoundError: the order isn't stored; a retry would fail too.
    """
    try:
        order = process_order(owner, order_id, orders=storage.orders())
    except OrderNotFoundError as error:
        raise NotFoundError("The message names a request that isn't stored.") from error
    count(f"Request{order.status.capitalize()}")
    return order
