"""Ports: the interfaces that the domain needs and adapters implement.

The modules of this package have the ports that only some stacks need.
"""

from dataclasses import dataclass
from typing import Protocol

from service.domain.order import Order


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Identifies a repeated submission.

    Attributes:
        digest: digest of the owner and of the key that the owner chose.
        fingerprint: fingerprint of the submission as this release reads it, including defaults.
        sent_fingerprint: fingerprint of the caller's input, which is equal in every release.
    """

    digest: str
    fingerprint: str
    sent_fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """The result of a submission: the order as it was first stored.

    Attributes:
        request: the stored order; for a replay, the order of the first submission.
        replayed: whether the submission is a replay.
    """

    request: Order
    replayed: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some of an owner's orders, newest first.

    Attributes:
        requests: the orders. They may be fewer than the limit, or none, even if pages follow.
        last_id: the id after which the next page starts; None on the last page.
    """

    requests: tuple[Order, ...]
    last_id: str | None


class Orders(Protocol):
    """The stored orders."""

    def add(self, order: Order, key: IdempotencyKey) -> Submission:
        """Store an order. If its key was used before, return the first submission instead.

        Raises:
            IdempotencyKeyReusedError: the key was used for another submission.
            SubmissionInProgressError: another submission with the key is being written.
        """
        ...

    def get(self, owner: str, order_id: str) -> Order | None:
        """Return one of the owner's orders, or None."""
        ...

    def page(self, owner: str, *, limit: int, after: str | None = None) -> Page:
        """Return up to `limit` of the owner's orders, starting after the id `after`."""
        ...

    def complete(self, order: Order) -> Order:
        """Store the decision of a pending order. A decided order doesn't change.

        Returns:
            The order with the stored decision.

        Raises:
            OrderNotFoundError: the order was deleted.
        """
        ...


class OrderQueue(Protocol):
    """The queue from which orders are processed later."""

    def send(self, order: Order) -> None:
        """Send a stored order, at least once."""
        ...
