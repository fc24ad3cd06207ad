"""Orders and the rule that decides them.

The API, messages and stored items call an order a request: these names are public, and so
are the descriptions of the enumerations.
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
    """Where a request stands: pending, then one of the others for good."""

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
    """The outcome of an order; a rejection has a reason."""

    status: Status
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of a caller.

    Attributes:
        id: time-ordered.
        owner: the caller that submitted it.
        reference: the caller's own name for it.
        priority: decides the limit.
        amount_cents: in cents.
        document: the requester's CPF; personal data.
        created_at: in UTC.
        status: where it stands.
        reason: why it was rejected.
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
    """Approve up to the limit of the request's priority."""
    if order.amount_cents <= LIMITS[order.priority]:
        return Decision(Status.APPROVED)
    return Decision(Status.REJECTED, Reason.AMOUNT_OVER_LIMIT)


def decided(order: Order) -> Order:
    """Return the order with its decision."""
    decision = decide(order)
    return replace(order, status=decision.status, reason=decision.reason)
