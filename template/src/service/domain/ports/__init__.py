"""Ports: the interfaces that the domain needs and adapters implement.

The modules of this package have those of single stacks.
"""

from dataclasses import dataclass
from typing import Protocol

from service.domain.order import Order


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """What makes a repeated submission recognisable.

    Attributes:
        digest: of the owner and the key that they chose.
        fingerprint: of the submission as this release reads it, defaults included.
        sent_fingerprint: of what the caller sent, which is the same for every release.
    """

    digest: str
    fingerprint: str
    sent_fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """The result of a submission: the order as it was first stored.

    Attributes:
        request: the stored one, which isn't the submitted one if this is a replay.
        replayed: whether it is a replay.
    """

    request: Order
    replayed: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some of an owner's orders, newest first.

    Attributes:
        requests: at most as many as were asked for; may be fewer or none, though more pages follow.
        last_id: where the next page starts, None after the last.
    """

    requests: tuple[Order, ...]
    last_id: str | None


class Orders(Protocol):
    """The stored orders."""

    def add(self, order: Order, key: IdempotencyKey) -> Submission:
        """Store an order unless its key was used before; then return what was stored.

        Raises:
            IdempotencyKeyReusedError: for another submission.
            SubmissionInProgressError: at this very moment.
        """
        ...

    def get(self, owner: str, order_id: str) -> Order | None:
        """Return one of the owner's orders, or None."""
        ...

    def page(self, owner: str, *, limit: int, after: str | None = None) -> Page:
        """Return up to `limit` of the owner's orders, starting after the id `after`."""
        ...

    def complete(self, order: Order) -> Order:
        """Store the decision of a pending order; one that was decided before stays as it is.

        Returns:
            The order with the decision that is stored.

        Raises:
            OrderNotFoundError: it was deleted meanwhile.
        """
        ...


class OrderQueue(Protocol):
    """The queue from which orders are processed later."""

    def send(self, order: Order) -> None:
        """Hand over a stored order, at least once."""
        ...
