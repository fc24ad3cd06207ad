"""The factory of notifications."""

from aws_service_kit.runtime import environment_variables

from service.adapters.notifications import TopicNotifications


def notifications(correlation_id: str) -> TopicNotifications | None:
    """Return the topic TOPIC_ARN, or None if the service has none."""
    topic_arn = environment_variables.optional("TOPIC_ARN")
    if topic_arn is None:
        return None
    source = environment_variables.required("POWERTOOLS_SERVICE_NAME")
    return TopicNotifications(topic_arn, source=source, correlation_id=correlation_id)
