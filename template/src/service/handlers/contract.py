"""Requests and responses of the API. `derive` writes docs/openapi.json from these models."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.domain.cpf import Cpf
from service.domain.order import Order, Priority, Reason, Status


def _valid_cpf(number: str) -> str:
    return Cpf(number).number


class Contract(BaseModel):
    """A strict model: it coerces no value, and rejects unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class SubmitRequest(Contract):
    """A processing request as it is submitted."""

    reference: Annotated[
        str,
        Field(
            pattern="^[A-Za-z0-9._-]{1,64}$",
            description="The caller's own name for it.",
            examples=["order-1"],
        ),
    ]
    priority: Priority
    amount_cents: Annotated[int, Field(ge=1, le=100_000_000, examples=[12_500])]
    document: Annotated[
        str,
        Field(
            pattern="^[0-9]{11}$",
            repr=False,
            description="The requester's CPF, digits only.",
            examples=["52998224725"],
            # A pattern can't express the check digits.
            json_schema_extra={"format": "cpf"},
        ),
        AfterValidator(_valid_cpf),
    ]
    notes: Annotated[
        str | None,
        Field(
            max_length=500,
            repr=False,
            deprecated=True,
            description="Accepted, since callers send it, and neither stored nor read.",
        ),
    ] = None

    def to_order(self, order_id: str, *, owner: str, created_at: datetime) -> Order:
        """Return the domain's order."""
        return Order(
            id=order_id,
            owner=owner,
            reference=self.reference,
            priority=self.priority,
            amount_cents=self.amount_cents,
            document=Cpf(self.document),
            created_at=created_at,
        )


class RequestView(Contract):
    """A processing request as its owner sees it."""

    id: str
    reference: str
    priority: Priority
    amount_cents: int
    document: Annotated[str, Field(description="The requester's CPF, masked.")]
    status: Status
    reason: Reason | None
    created_at: datetime

    @classmethod
    def of(cls, order: Order) -> "RequestView":
        """Return the view of an order."""
        return cls(
            id=order.id,
            reference=order.reference,
            priority=order.priority,
            amount_cents=order.amount_cents,
            document=order.document.masked,
            status=order.status,
            reason=order.reason,
            created_at=order.created_at,
        )


class RequestPage(Contract):
    """A page of the caller's requests, newest first."""

    items: tuple[RequestView, ...]
    next_cursor: Annotated[
        str | None, Field(description="The cursor of the next page; null on the last page.")
    ]


class HealthView(Contract):
    """State of the API."""

    status: Literal["ok"] = "ok"
