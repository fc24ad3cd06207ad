"""Orders and the rule that decides them.

In the API, in messages and in stored items, an order is called a request. These names are public,
and so are the docstrings of the enumerations.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.domain.cpf import Cpf


class Priority(StrEnum):
    """How urgent a request is."""

    NORMAL = "normal"
    HIGH = "high"


class Status(StrEnum):
    """State of a request: pending, then approved or rejected."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why a request was rejected."""

    AMOUNT_OVER_LIMIT = "amount_over_limit"


# The highest amounts that are approved, in cents.
LIMITS = {Priority.NORMAL: 1_000_000, Priority.HIGH: 5_000_000}


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision about an order. A rejection has a reason."""

    status: Status
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of a caller.

    Attributes:
        id: its id. Ids are ordered by time.
        owner: the caller that submitted it.
        reference: the caller's name for the order.
        priority: determines the limit.
        amount_cents: the amount in cents.
        document: the requester's CPF; personal data.
        created_at: the time of its submission, in UTC.
        status: its state.
        reason: the reason of a rejection.
    """

    id: str
    owner: str
    reference: str
    priority: Priority
    amount_cents: int
    document: Cpf
    created_at: datetime
    status: Status = Status.PENDING
    reason: Reason | None = None


def decide(order: Order) -> Decision:
    """Approve an order whose amount is at most the limit of its priority."""
    if order.amount_cents <= LIMITS[order.priority]:
        return Decision(Status.APPROVED)
    return Decision(Status.REJECTED, Reason.AMOUNT_OVER_LIMIT)


def decided(order: Order) -> Order:
    """Return the order with its decision."""
    decision = decide(order)
    return replace(order, status=decision.status, reason=decision.reason)
