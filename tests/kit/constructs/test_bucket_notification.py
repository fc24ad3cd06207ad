import json
import re
from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Match, Template
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.bucket_notification import BucketNotification
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import DeadLetterQueue, Queue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.testing.synthesis import MakeStack

BUCKET, RULE = "AWS::S3::Bucket", "AWS::Events::Rule"


def add_bucket(stack: ServiceStack, name: str = "Uploads") -> Bucket:
    return Bucket(stack, name, expire_after=Duration.days(90))


def add_function(stack: ServiceStack, failures: DeadLetterQueue) -> Function:
    return Function(
        stack,
        "Import",
        handler="service.handlers.import_invoices.handler",
        memory_mb=256,
        timeout=Duration.seconds(20),
        on_failure=failures,
    )


def pattern(stack: ServiceStack) -> dict[str, Any]:
    [rule] = Template.from_stack(stack).find_resources(RULE).values()
    found: dict[str, Any] = rule["Properties"]["EventPattern"]
    return found


def test_a_function_is_notified_by_eventbridge(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    failures = DeadLetterQueue(stack, "Failures")
    BucketNotification(
        stack,
        "NewInvoices",
        bucket=add_bucket(stack),
        target=add_function(stack, failures),
        dead_letter_queue=failures,
    )
    template = Template.from_stack(stack)
    template.has_resource_properties(
        BUCKET,
        {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}},
    )
    # Notifications of the CDK would need a custom resource.
    assert not [
        resource_type
        for resource_type in resource_types(template)
        if resource_type.startswith("Custom::")
    ]
    assert resource_types(template).count("AWS::Lambda::Function") == 1
    template.has_resource_properties(
        RULE,
        {
            "EventBusName": Match.absent(),
            "EventPattern": {
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [{"Ref": "Uploads"}]}},
            },
            "Targets": [
                {
                    "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Failures", "Arn"]}},
                    "InputPath": Match.absent(),
                    "RetryPolicy": Match.object_like({}),
                }
            ],
        },
    )
    template.has_resource_properties(
        "AWS::Lambda::Permission",
        {"Principal": "events.amazonaws.com", "SourceArn": Match.any_value()},
    )


def resource_types(template: Template) -> list[str]:
    return [resource["Type"] for resource in template.to_json()["Resources"].values()]


def test_a_queue_accepts_notifications_only_from_its_rule(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    queue = Queue(stack, "Imports", consumer_timeout=Duration.seconds(20))
    BucketNotification(
        stack,
        "NewInvoices",
        bucket=add_bucket(stack),
        target=queue,
        dead_letter_queue=queue.dead_letter_queue,
        event_types=["Object Created", "Object Deleted"],
    )
    template = Template.from_stack(stack)
    sids = [
        statement["Sid"]
        for policy in template.find_resources("AWS::SQS::QueuePolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and "aws:SourceArn" in json.dumps(statement)
    ]
    assert sids == ["TakeFromNewInvoices", "TakeFromNewInvoices"]
    assert pattern(stack)["detail-type"] == ["Object Created", "Object Deleted"]


@pytest.mark.parametrize(
    ("prefix", "suffix", "matches", "others"),
    [
        (None, ".csv", ["a.csv", "in/a.csv"], ["a.txt", "a.csv.gz"]),
        ("in", "", ["in/a.csv"], ["in", "inner/a.csv", "a/in/b"]),
        # In a list, a prefix and a suffix would be alternatives.
        ("in", ".csv", ["in/a.csv", "in/b/c.csv"], ["in/a.txt", "out/a.csv"]),
        ("in", "*.csv", ["in/a*.csv"], ["in/a.csv"]),
        ("in", "\\", ["in/a\\"], ["in/a"]),
    ],
)
def test_a_rule_matches_keys_with_both_prefix_and_suffix(
    make_stack: MakeStack,
    prefix: str | None,
    suffix: str,
    matches: list[str],
    others: list[str],
) -> None:
    stack, _ = make_stack()
    queue = Queue(stack, "Imports", consumer_timeout=Duration.seconds(20))
    BucketNotification(
        stack,
        "NewInvoices",
        bucket=add_bucket(stack),
        target=queue,
        dead_letter_queue=queue.dead_letter_queue,
        prefix=prefix,
        suffix=suffix,
    )
    [matcher] = pattern(stack)["detail"]["object"]["key"]
    assert all(is_matched(matcher, key) for key in matches)
    assert not any(is_matched(matcher, key) for key in others)


def is_matched(matcher: dict[str, str], key: str) -> bool:
    """Match a key as EventBridge does: https://github.com/aws/event-ruler."""
    [(resource_type, value)] = matcher.items()
    match resource_type:
        case "prefix":
            return key.startswith(value)
        case "suffix":
            return key.endswith(value)
        case _:
            parts = re.findall(r"\\.|.", value)
            written = "".join(".*" if part == "*" else re.escape(part[-1]) for part in parts)
            return re.fullmatch(written, key) is not None


@pytest.mark.parametrize("notified_first", [True, False])
@pytest.mark.parametrize(
    ("watched", "written", "loops"),
    [
        (None, "in", True),
        ("in", "in", True),
        ("in", "in/done", True),
        ("in/new", "in", True),
        ("in", "out", False),
        ("in", "inner", False),
    ],
)
def test_a_function_that_would_invoke_itself_is_rejected(
    make_stack: MakeStack, watched: str | None, written: str, loops: bool, notified_first: bool
) -> None:
    stack, _ = make_stack()
    failures = DeadLetterQueue(stack, "Failures")
    function, bucket = add_function(stack, failures), add_bucket(stack)

    def notify() -> None:
        BucketNotification(
            stack,
            "New",
            bucket=bucket,
            target=function,
            dead_letter_queue=failures,
            prefix=watched,
        )

    def grant() -> None:
        bucket.grant_put(function, written)

    first, second = (notify, grant) if notified_first else (grant, notify)
    first()
    if loops:
        with pytest.raises(ArgumentError, match=f"Import writes to '{written}', and objects there"):
            second()
    else:
        second()


def test_a_function_may_write_to_another_bucket(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    failures = DeadLetterQueue(stack, "Failures")
    function = add_function(stack, failures)
    BucketNotification(
        stack,
        "New",
        bucket=add_bucket(stack),
        target=function,
        dead_letter_queue=failures,
    )
    add_bucket(stack, "Results").grant_put(function, "in")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prefix": "in/"}, "'in/' isn't a prefix such as"),
        ({"prefix": "*"}, "isn't a prefix such as"),
        ({"event_types": []}, "event_types lists one type or more"),
    ],
)
def test_an_invalid_argument_is_rejected(
    make_stack: MakeStack, arguments: dict[str, Any], message: str
) -> None:
    stack, _ = make_stack()
    queue = Queue(stack, "Imports", consumer_timeout=Duration.seconds(20))
    with pytest.raises(ArgumentError, match=message):
        BucketNotification(
            stack,
            "New",
            bucket=add_bucket(stack),
            target=queue,
            dead_letter_queue=queue.dead_letter_queue,
            **arguments,
        )
