"""What people and other services are told; nothing in it is personal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from service.domain.events import EventType
from service.domain.request import ProcessingRequest

Fact = str | int | None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth telling.

    Attributes:
        type: what happened.
        id: with the type, the same however often it is told.
        facts: what it is about.
    """

    type: EventType
    id: str
    facts: Mapping[str, Fact]


class Notifications(Protocol):
    """The way to whoever wants to hear."""

    def tell(self, notice: Notice) -> None:
        """Tell it, at least once."""
        ...


class PublishedNotices(Protocol):
    """Records of the notices that were published."""

    def record(self, notice: Notice) -> None:
        """Record that a notice was published; not before it was."""
        ...

    def includes(self, notice: Notice) -> bool:
        """Return whether a notice of the same type and id was recorded."""
        ...


def of_decision(request: ProcessingRequest) -> Notice:
    """Tell how a request was decided."""
    facts = {"request_id": request.id, "status": request.status, "reason": request.reason}
    return Notice(EventType.REQUEST_DECIDED, request.id, facts)
