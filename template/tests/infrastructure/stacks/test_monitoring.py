"""The monitoring stack of every environment."""

from aws_service_kit.config import ServiceConfig
from aws_service_kit.testing.synthesis import Resource, Synthesized


def stack_resources(synthesized: Synthesized, resource_type: str) -> list[Resource]:
    return [
        found
        for found in synthesized.resources(resource_type)
        if found.stack.endswith("-monitoring")
    ]


def test_topic_and_key_keep_their_ids(synthesized: Synthesized) -> None:
    """CloudFormation replaces a topic whose logical id changes: people confirm again."""
    assert {topic.logical_id for topic in stack_resources(synthesized, "AWS::SNS::Topic")} == {
        "AlarmTopic"
    }
    assert {key.logical_id for key in stack_resources(synthesized, "AWS::KMS::Key")} == {
        "AlarmTopicKey"
    }


def test_alarms_are_sent_to_the_configured_address(
    synthesized: Synthesized, config: ServiceConfig
) -> None:
    subscriptions = stack_resources(synthesized, "AWS::SNS::Subscription")
    assert {
        (subscription.properties["Protocol"], subscription.properties["Endpoint"])
        for subscription in subscriptions
    } == {("email", config.service.alarm_email)}
