"""What goes from one task of the workflow to the next."""

from datetime import date
from typing import Literal

from aws_service_kit.runtime.envelope import Correlated

from service.domain.events import EventType
from service.domain.notice import Fact, Notice


class PendingRequest(Correlated):
    """A request to be decided, or whose decision is yet to be notified."""

    kind: Literal["request"] = "request"
    owner: str
    request_id: str


class DueReport(Correlated):
    """A day to be reported on."""

    kind: Literal["report"] = "report"
    day: date


class NothingToDo(Correlated):
    """A request that was decided, and whose decision was notified."""

    kind: Literal["nothing"] = "nothing"


class Outcome(Correlated):
    """What there is to tell."""

    type: EventType
    id: str
    facts: dict[str, Fact]

    @classmethod
    def of(cls, notice: Notice, *, correlation_id: str) -> "Outcome":
        """Return a notice as a state."""
        facts = dict(notice.facts)
        return cls(correlation_id=correlation_id, type=notice.type, id=notice.id, facts=facts)

    def to_notice(self) -> Notice:
        """Return the notice."""
        return Notice(self.type, self.id, self.facts)


class Told(Correlated):
    """The end."""
