"""A queue receives the messages of another service's topic."""

from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk.assertions import Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.encryption_key import EncryptionKey
from aws_service_kit.constructs.imported_topic import ImportedTopic
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.testing.synthesis import MakeStack, with_environment

ARN = "arn:aws:sns:sa-east-1:444455556666:orders"
ELSEWHERE = "arn:aws:sns:us-east-1:444455556666:orders"
CONDITION = {"ArnLike": {"aws:SourceArn": ARN}}


def subscribed(stack: Stack, arn: str = ARN, **options: Any) -> Template:  # noqa: ANN401 (subscribe_queue's)
    queue = Queue(stack, "Jobs", consumer_timeout=Duration.seconds(20))
    ImportedTopic(stack, "Orders", arn=arn).subscribe_queue(queue, **options)
    return Template.from_stack(stack)


def subscription(template: Template) -> dict[str, Any]:
    (found,) = template.find_resources("AWS::SNS::Subscription").values()
    return dict(found["Properties"])


def test_messages_are_sent_to_the_queue_or_to_its_dead_letter_queue(make_stack: MakeStack) -> None:
    template = subscribed(make_stack()[0])
    assert subscription(template) == {
        "TopicArn": ARN,
        "Protocol": "sqs",
        "Endpoint": {"Fn::GetAtt": ["Jobs", "Arn"]},
        "RawMessageDelivery": True,
        "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["JobsDeadLetters", "Arn"]}},
    }
    admitted = [
        statement["Condition"]
        for policy in template.find_resources("AWS::SQS::QueuePolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Sid"] == "TakeFromOrders"
    ]
    assert admitted == [{"ArnEquals": {"aws:SourceArn": ARN}}] * 2


def test_a_subscription_may_filter_types_and_use_another_region(make_stack: MakeStack) -> None:
    found = subscription(subscribed(make_stack()[0], ELSEWHERE, types=["Order Placed"]))
    assert found["Region"] == "us-east-1"
    assert found["FilterPolicy"] == {"type": ["Order Placed"]}


def test_the_environments_key_allows_the_topic_of_another_account(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, environment = make_stack("dev", with_environment(config, "dev", encryption="customer"))
    environment.key = EncryptionKey(stack, "EncryptionKey")
    environment.key.allow_service("sns.amazonaws.com", CONDITION)
    template = subscribed(stack)
    (key,) = template.find_resources("AWS::KMS::Key").values()
    conditions = {
        statement["Sid"]: statement.get("Condition")
        for statement in key["Properties"]["KeyPolicy"]["Statement"]
        if statement["Sid"].startswith("SendSns")
    }
    assert conditions.keys() == {"SendSns", "SendSns2"}
    assert conditions["SendSns2"] == CONDITION


@pytest.mark.parametrize("arn", ["orders", f"{ARN}.fifo", "arn:aws:sqs:sa-east-1:444455556666:o"])
def test_an_invalid_topic_arn_is_rejected(make_stack: MakeStack, arn: str) -> None:
    with pytest.raises(ArgumentError, match="Orders: arn is arn:aws:sns:REGION:ACCOUNT:NAME of a"):
        ImportedTopic(make_stack()[0], "Orders", arn=arn)
