import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Annotations, Match, Template
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.runtime.deadline import MARGIN_SECONDS
from aws_service_kit.testing.synthesis import MakeStack


def test_a_queue_has_encryption_a_dead_letter_queue_and_alarms(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    Queue(stack, "Requests", consumer_timeout=Duration.seconds(20))
    template = Template.from_stack(stack)
    queues = template.find_resources("AWS::SQS::Queue")
    assert set(queues) == {"Requests", "RequestsDeadLetters"}
    assert all(queue["Properties"]["SqsManagedSseEnabled"] for queue in queues.values())
    properties = queues["Requests"]["Properties"]
    # The age of a message also counts in the dead-letter queue.
    days = {
        name: queue["Properties"]["MessageRetentionPeriod"] / 86400
        for name, queue in queues.items()
    }
    assert days == {"Requests": 7, "RequestsDeadLetters": 14}
    assert properties["VisibilityTimeout"] == 120
    assert properties["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["RequestsDeadLetters", "Arn"]},
        "maxReceiveCount": 5,
    }
    alarms = template.find_resources("AWS::CloudWatch::Alarm").values()
    assert {alarm["Properties"]["MetricName"] for alarm in alarms} == {
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesVisible",
    }


def test_a_queue_requires_tls(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    Queue(stack, "Requests", consumer_timeout=Duration.seconds(20))
    policies = Template.from_stack(stack).find_resources("AWS::SQS::QueuePolicy").values()
    assert len(policies) == 2
    for policy in policies:
        (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def add_function(stack: ServiceStack, timeout: int = 20) -> Function:
    return Function(
        stack,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(timeout),
    )


def test_a_consumer_reports_partial_failures_and_has_limited_concurrency(
    make_stack: MakeStack,
) -> None:
    stack, _ = make_stack()
    queue = Queue(stack, "Requests", consumer_timeout=Duration.seconds(20))
    queue.add_consumer(add_function(stack), max_concurrency=5)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::Lambda::EventSourceMapping",
        {
            "BatchSize": 1,
            "EventSourceArn": {"Fn::GetAtt": ["Requests", "Arn"]},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 5},
        },
    )
    (mapping,) = template.find_resources("AWS::Lambda::EventSourceMapping").values()
    (alias,) = template.find_resources("AWS::Lambda::Alias")
    assert mapping["Properties"]["FunctionName"] == {"Ref": alias}
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    assert policy["Properties"]["PolicyDocument"]["Statement"][1]["Action"] == [
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
    ]


def test_the_visibility_time_out_includes_the_batching_window(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    queue = Queue(stack, "Requests", consumer_timeout=Duration.seconds(20))
    queue.add_consumer(add_function(stack), batch_size=100, batching_window=Duration.seconds(30))
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::Lambda::EventSourceMapping", {"BatchSize": 100, "MaximumBatchingWindowInSeconds": 30}
    )
    requests = template.find_resources("AWS::SQS::Queue")["Requests"]["Properties"]
    assert requests["VisibilityTimeout"] == 6 * 20 + 30


@pytest.mark.parametrize(("given", "seconds"), [(None, 21), (20, 21), (30, 30)])
def test_the_visibility_time_out_is_six_times_the_consumers_time_out(
    make_stack: MakeStack, given: int | None, seconds: int
) -> None:
    stack, _ = make_stack()
    timeout = None if given is None else Duration.seconds(given)
    queue = Queue(stack, "Requests", consumer_timeout=timeout)
    queue.add_consumer(add_function(stack, timeout=21))
    requests = Template.from_stack(stack).find_resources("AWS::SQS::Queue")["Requests"]
    assert requests["Properties"]["VisibilityTimeout"] == 6 * seconds


@pytest.mark.parametrize(
    ("longest", "size"), [(None, 1), (20, 1), (10, 1), (9.5, 2), (3, 6), (0.1, 10)]
)
def test_the_batch_size_fits_into_the_consumers_time_out(
    longest: float | None, size: int, make_stack: MakeStack
) -> None:
    stack, _ = make_stack()
    queue = Queue(stack, "Requests", consumer_timeout=Duration.seconds(20))
    queue.add_consumer(
        add_function(stack),
        longest_message=None if longest is None else Duration.millis(longest * 1000),
    )
    template = Template.from_stack(stack)
    (mapping,) = template.find_resources("AWS::Lambda::EventSourceMapping").values()
    assert mapping["Properties"]["BatchSize"] == size
    Annotations.from_stack(stack).has_no_warning("*", Match.any_value())
    # As in the simulation of tests/kit/runtime/sqs.py.
    assert longest is None or size == 1 or size * longest + MARGIN_SECONDS <= 20


@pytest.mark.parametrize(("longest", "size", "most"), [(10, 2, 1), (3, 7, 6), (21, None, 0)])
def test_a_batch_that_takes_too_long_is_rejected(
    longest: int, size: int | None, most: int, make_stack: MakeStack
) -> None:
    stack, _ = make_stack()
    queue = Queue(stack, "Requests", consumer_timeout=Duration.seconds(20))
    with pytest.raises(ValueError, match=f"within 20 s, at most {most} messages of {longest} s"):
        queue.add_consumer(
            add_function(stack),
            batch_size=size,
            longest_message=Duration.seconds(longest),
        )


def test_a_batch_without_longest_message_gets_a_warning(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    queue = Queue(stack, "Requests", consumer_timeout=Duration.seconds(20))
    queue.add_consumer(add_function(stack), batch_size=5)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::EventSourceMapping", {"BatchSize": 5}
    )
    Annotations.from_stack(stack).has_warning(
        "*", Match.string_like_regexp("20 s are enough for a batch of 5: pass `longest_message`")
    )


def test_a_function_may_send(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    queue = Queue(stack, "Requests", consumer_timeout=Duration.seconds(20))
    queue.grant_send(add_function(stack))
    (policy,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    assert policy["Properties"]["PolicyDocument"]["Statement"][1] == {
        "Sid": "SendToRequests",
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["Requests", "Arn"]},
    }
