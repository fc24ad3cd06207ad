"""Notifications for people and other services, published by SNS."""

from aws_service_kit.runtime import ids, messages
from aws_service_kit.runtime.envelope import Envelope

from service.domain.notification import Notification


class TopicNotifications:
    """The port `service.domain.ports.notifications.Notifications`, on an SNS topic."""

    def __init__(self, topic_arn: str, *, source: str, correlation_id: str) -> None:
        self._topic_arn = topic_arn
        self._source = source
        self._correlation_id = correlation_id

    def notify(self, notification: Notification) -> None:
        """Publish a notification. A duplicate has the same type and id.

        Raises:
            DependencyError: SNS failed.
        """
        envelope = Envelope(
            id=notification.id,
            type=notification.type,
            source=self._source,
            time=ids.now(),
            correlation_id=self._correlation_id,
            data=dict(notification.facts),
        )
        messages.publish(self._topic_arn, envelope)
