"""What people and other services are told, through SNS."""

from aws_service_kit.runtime import ids, messages, settings
from aws_service_kit.runtime.envelope import Envelope

from service.domain.notice import Notice


class TopicNotifications:
    """A topic of notices, as `service.domain.notice.Notifications` describes it."""

    def __init__(self, topic_arn: str, *, source: str, correlation_id: str) -> None:
        self._topic_arn = topic_arn
        self._source = source
        self._correlation_id = correlation_id

    def tell(self, notice: Notice) -> None:
        """Publish a notice; it may come more than once: its type and id tell.

        Raises:
            DependencyError: SNS failed.
        """
        envelope = Envelope(
            id=notice.id,
            type=notice.type,
            source=self._source,
            time=ids.now(),
            correlation_id=self._correlation_id,
            data=dict(notice.facts),
        )
        messages.publish(self._topic_arn, envelope)


def notifications(correlation_id: str) -> TopicNotifications | None:
    """Return the topic TOPIC_ARN, or None if the service has none."""
    topic_arn = settings.optional_text("TOPIC_ARN")
    if topic_arn is None:
        return None
    source = settings.text("POWERTOOLS_SERVICE_NAME")
    return TopicNotifications(topic_arn, source=source, correlation_id=correlation_id)
