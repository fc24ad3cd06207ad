"""Ports of notifications."""

from typing import Protocol

from service.domain.notification import Notification


class Notifications(Protocol):
    """The topic that notifications are published to."""

    def notify(self, notification: Notification) -> None:
        """Publish a notification, at least once."""
        ...


class PublishedNotifications(Protocol):
    """The notifications that were published."""

    def record(self, notification: Notification) -> None:
        """Store that a notification was published. Call this after the publication."""
        ...

    def includes(self, notification: Notification) -> bool:
        """Return whether a notification of the same type and id was published."""
        ...
