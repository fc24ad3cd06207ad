from aws_cdk import Duration, Stage
from aws_cdk.assertions import Match, Template
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.topic import Topic
from aws_service_kit.testing.synthesis import MakeStack

DEAD_LETTER_QUEUE = {"Fn::GetAtt": ["NewsDeadLetters", "Arn"]}


def subscribed(stack: ServiceStack) -> Topic:
    topic = Topic(stack, "News")
    topic.subscribe_email("team@example.com", types=["Good News"])
    queue = Queue(stack, "Jobs", consumer_timeout=Duration.seconds(20))
    topic.subscribe_queue(queue, types=["Bad News"])
    return topic


def test_a_topic_is_encrypted_and_requires_tls(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    subscribed(stack)
    template = Template.from_stack(stack)
    (topic,) = template.find_resources("AWS::SNS::Topic").values()
    assert topic["Properties"]["SignatureVersion"] == "2"
    assert str(topic["Properties"]["KmsMasterKeyId"]).endswith("alias/aws/sns']]}")
    template.has_resource_properties(
        "AWS::SNS::TopicPolicy",
        {
            "PolicyDocument": {
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Action": "sns:Publish",
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        "Principal": "*",
                        "Resource": {"Ref": "News"},
                        "Sid": Match.any_value(),
                    }
                ]
            }
        },
    )


def test_subscriptions_have_filters_and_a_dead_letter_queue(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    subscribed(stack)
    template = Template.from_stack(stack)
    found = [
        subscription["Properties"]
        for subscription in template.find_resources("AWS::SNS::Subscription").values()
    ]
    assert {
        subscription["Protocol"]: (
            subscription["FilterPolicy"],
            subscription.get("RawMessageDelivery"),
        )
        for subscription in found
    } == {
        "email": ({"type": ["Good News"]}, None),
        "sqs": ({"type": ["Bad News"]}, True),
    }
    for subscription in found:
        assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": DEAD_LETTER_QUEUE}


def test_a_queue_of_a_dependent_stack_is_subscribed_in_its_stack(make_stack: MakeStack) -> None:
    """Otherwise the stacks would depend on each other, and couldn't be deployed."""
    stack, environment = make_stack()
    stage = stack.node.scope
    assert isinstance(stage, Stage)
    topic = Topic(stack, "News")
    later = ServiceStack(stage, "later", environment=environment, description="Later")
    queue = Queue(later, "Jobs", consumer_timeout=Duration.seconds(20))

    topic.subscribe_queue(queue, types=["Bad News"])

    assert later.dependencies == []
    Template.from_stack(stack).resource_count_is("AWS::SNS::Subscription", 0)
    (subscription,) = Template.from_stack(later).find_resources("AWS::SNS::Subscription").values()
    assert subscription["Properties"]["Endpoint"] == {"Fn::GetAtt": ["Jobs", "Arn"]}
    assert set(subscription["Properties"]["TopicArn"]) == {"Fn::ImportValue"}
    assert set(subscription["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]) == {
        "Fn::ImportValue"
    }
    assert later.dependencies == [stack]
    assert stack.dependencies == []


def test_only_this_topic_may_send_to_its_queues(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    subscribed(stack)
    template = Template.from_stack(stack)
    for sid in ("TakeUndelivered", "TakeFromNews"):
        template.has_resource_properties(
            "AWS::SQS::QueuePolicy",
            {
                "PolicyDocument": {
                    "Statement": Match.array_with(
                        [
                            Match.object_like(
                                {
                                    "Sid": sid,
                                    "Effect": "Allow",
                                    "Action": "sqs:SendMessage",
                                    "Principal": {"Service": "sns.amazonaws.com"},
                                    "Condition": {"ArnEquals": {"aws:SourceArn": {"Ref": "News"}}},
                                }
                            )
                        ]
                    )
                }
            },
        )


def test_undelivered_messages_raise_an_alarm(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    subscribed(stack)
    metrics = {
        alarm["Properties"]["MetricName"]
        for alarm in Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    }
    assert {"NumberOfNotificationsFailed", "ApproximateNumberOfMessagesVisible"} <= metrics


def test_a_function_may_publish(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    function = Function(
        stack,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    Topic(stack, "News").grant_publish(function)
    (policy,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    assert policy["Properties"]["PolicyDocument"]["Statement"][1] == {
        "Sid": "PublishToNews",
        "Effect": "Allow",
        "Action": "sns:Publish",
        "Resource": {"Ref": "News"},
    }
