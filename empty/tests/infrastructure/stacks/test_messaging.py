"""The messaging stack of every environment."""

from aws_service_kit.testing.synthesis import Synthesized


def ids(synthesized: Synthesized, resource_type: str) -> set[str]:
    return {
        found.logical_id
        for found in synthesized.resources(resource_type)
        if found.stack.endswith("-messaging")
    }


def test_queues_and_topic_keep_their_ids(synthesized: Synthesized) -> None:
    """CloudFormation replaces a resource whose logical id changes, and deletes its messages."""
    assert ids(synthesized, "AWS::SQS::Queue") >= {"Requests", "RequestsDeadLetters"}
    assert "Notifications" in ids(synthesized, "AWS::SNS::Topic")
