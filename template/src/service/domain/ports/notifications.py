"""Ports of notifications."""

from typing import Protocol

from service.domain.notification import Notification


class Notifications(Protocol):
    """The topic that notifications are published to."""

    def notify(self, notification: Notification) -> None:
        """Publish a notification, at least once."""
        ...


class PublishedNotifications(Protocol):
    """Records of the notifications that were published."""

    def record(self, notification: Notification) -> None:
        """Record that a notification was published; not before it was."""
        ...

    def includes(self, notification: Notification) -> bool:
        """Return whether a notification of the same type and id was recorded."""
        ...
