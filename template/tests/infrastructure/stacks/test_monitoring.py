"""The monitoring stack of every environment."""

from aws_service_kit.config import ServiceConfig
from aws_service_kit.testing.synthesis import Resource, Synthesized


def own(synthesized: Synthesized, kind: str) -> list[Resource]:
    return [found for found in synthesized.resources(kind) if found.stack.endswith("-monitoring")]


def test_topic_and_key_keep_their_ids(synthesized: Synthesized) -> None:
    """CloudFormation replaces what has another logical id, and people confirm again."""
    assert {topic.logical_id for topic in own(synthesized, "AWS::SNS::Topic")} == {"AlarmTopic"}
    assert {key.logical_id for key in own(synthesized, "AWS::KMS::Key")} == {"AlarmTopicKey"}


def test_alarms_go_to_the_configured_address(
    synthesized: Synthesized, config: ServiceConfig
) -> None:
    subscriptions = own(synthesized, "AWS::SNS::Subscription")
    assert {
        (subscription.properties["Protocol"], subscription.properties["Endpoint"])
        for subscription in subscriptions
    } == {("email", config.service.alarm_email)}
