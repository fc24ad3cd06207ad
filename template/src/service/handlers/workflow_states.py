"""States: outputs of a task of the workflow, and inputs of the next."""

from datetime import date
from typing import Literal

from aws_service_kit.runtime.envelope import Correlated

from service.domain.events import EventType
from service.domain.notification import Fact, Notification


class PendingOrder(Correlated):
    """An order to decide, or an order whose notification isn't published."""

    kind: Literal["request"] = "request"
    owner: str
    request_id: str


class DueReport(Correlated):
    """A day to report on."""

    kind: Literal["report"] = "report"
    day: date


class NothingToDo(Correlated):
    """A decided order whose notification is published."""

    kind: Literal["nothing"] = "nothing"


class NotificationState(Correlated):
    """A notification to publish."""

    type: EventType
    id: str
    facts: dict[str, Fact]

    @classmethod
    def of(cls, notification: Notification, *, correlation_id: str) -> "NotificationState":
        """Return a notification as a state."""
        facts = dict(notification.facts)
        return cls(
            correlation_id=correlation_id, type=notification.type, id=notification.id, facts=facts
        )

    def to_notification(self) -> Notification:
        """Return the notification."""
        return Notification(self.type, self.id, self.facts)


class Completed(Correlated):
    """The final state."""
