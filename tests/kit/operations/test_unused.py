"""Resources that a service left in an account are found, unlike those of its stacks."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
import pytest
from aws_service_kit.operations import unused
from aws_service_kit.operations.deployed import Deployed
from aws_service_kit.operations.unused import (
    held,
    left_behind,
    logs_of_deleted_functions,
    waiting_messages,
)
from botocore.exceptions import NoCredentialsError
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber
from moto import mock_aws

pytestmark = pytest.mark.guideline("R3")

NOW = datetime.now(UTC)
DEPLOYED = Deployed("orders", "dev", "us-east-1")
OTHERS = Deployed("payments", "dev", "us-east-1")
GROUP = "/aws/lambda/orders-dev-api-"
STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/{}/0a5ee1f0"

# The physical ids of each stack's resources, by stack name.
Stacks = dict[str, list[str]]


def tags(deployed: Deployed) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in deployed.tags.items()]


def make_table(name: str, deployed: Deployed = DEPLOYED) -> str:
    deployed.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=tags(deployed),
    )
    return name


def make_resources() -> list[str]:
    """Create resources of a stack; return their physical ids."""
    group = f"{GROUP}Health"
    DEPLOYED.client("logs").create_log_group(logGroupName=group, tags=DEPLOYED.tags)
    queue = DEPLOYED.client("sqs").create_queue(QueueName="Requests", tags=DEPLOYED.tags)
    topic = DEPLOYED.client("sns").create_topic(Name="News", Tags=tags(DEPLOYED))
    secret = DEPLOYED.client("secretsmanager").create_secret(
        Name="secret", SecretString="x", Tags=tags(DEPLOYED)
    )
    table = make_table("Records")
    return [group, queue["QueueUrl"], topic["TopicArn"], secret["ARN"], table]


def cloudformation(stacks: Stacks) -> Any:  # noqa: ANN401 (a client)
    """Return a stubbed client with stacks, since the emulator's needs further packages."""
    client = boto3.client("cloudformation", region_name=DEPLOYED.region)
    stubber = Stubber(client)
    described = [
        {
            "StackName": name,
            "StackId": STACK.format(name),
            "CreationTime": NOW,
            "StackStatus": "CREATE_COMPLETE",
            "Tags": tags(DEPLOYED),
        }
        for name in stacks
    ]
    others = {"StackName": "others", "CreationTime": NOW, "StackStatus": "CREATE_COMPLETE"}
    stubber.add_response("describe_stacks", {"Stacks": [*described, others]})
    for name, physical_ids in stacks.items():
        stubber.add_response(
            "list_stack_resources",
            {"StackResourceSummaries": summaries(physical_ids)},
            {"StackName": STACK.format(name)},
        )
    stubber.activate()
    return client


def summaries(physical_ids: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "LogicalResourceId": f"Resource{number}",
            "PhysicalResourceId": physical_id,
            "ResourceType": "AWS::Any::Type",
            "LastUpdatedTimestamp": NOW,
            "ResourceStatus": "DELETE_SKIPPED" if physical_id == "skipped" else "CREATE_COMPLETE",
        }
        for number, physical_id in enumerate(physical_ids)
    ]


@pytest.fixture(autouse=True)
def stacks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stacks]:
    """Create an account with a stack of the service."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    made = Deployed.client
    deployed: Stacks = {}
    # One client for all calls, created after the test has changed the stacks.
    stub = cache(lambda: cloudformation(deployed))

    def client(self: Deployed, service: str) -> Any:  # noqa: ANN401 (any client)
        return stub() if service == "cloudformation" else made(self, service)

    monkeypatch.setattr(Deployed, "client", client)
    with mock_aws():
        deployed["api"] = make_resources()
        yield deployed


def test_resources_of_stacks_are_used() -> None:
    arns = list(DEPLOYED.arns())
    services = {arn.split(":")[2] for arn in arns}
    assert services >= {"dynamodb", "logs", "secretsmanager", "sns", "sqs"}
    assert list(left_behind(DEPLOYED, held(DEPLOYED))) == []


def test_resources_retained_by_a_deleted_stack_are_found() -> None:
    make_table("retained")
    make_table("of-others", OTHERS)
    files = DEPLOYED.client("s3")
    files.create_bucket(Bucket="retained-files")
    files.put_bucket_tagging(Bucket="retained-files", Tagging={"TagSet": tags(DEPLOYED)})
    assert list(left_behind(DEPLOYED, held(DEPLOYED))) == [
        "`arn:aws:dynamodb:us-east-1:123456789012:table/retained` is in no stack",
        "`arn:aws:s3:::retained-files` is in no stack",
    ]


def test_resources_retained_by_an_updated_stack_are_found(stacks: Stacks) -> None:
    stacks["api"].remove("Records")
    stacks["api"].append(make_table("skipped"))
    assert [line.partition("table/")[2] for line in left_behind(DEPLOYED, held(DEPLOYED))] == [
        "Records` is in no stack",
        "skipped` is in no stack",
    ]


def test_only_the_service_s_service_stacks_count(stacks: Stacks) -> None:
    stacks.clear()
    assert held(DEPLOYED) == set()
    assert len(list(left_behind(DEPLOYED, set()))) == 5


@pytest.mark.parametrize(
    ("physical_id", "arn"),
    [
        ("https://sqs.us-east-1.amazonaws.com/1/Work", "arn:aws:sqs:us-east-1:1:Work"),
        ("bus|Decided", "arn:aws:events:us-east-1:1:rule/bus/Decided"),
        ("Acl|4f1c|REGIONAL", "arn:aws:wafv2:us-east-1:1:regional/webacl/Acl/4f1c"),
        ("/orders/limit", "arn:aws:ssm:us-east-1:1:parameter/orders/limit"),
        ("/aws/lambda/f", "arn:aws:logs:us-east-1:1:log-group:/aws/lambda/f"),
        ("prod", "arn:aws:apigateway:us-east-1::/restapis/a1b2/stages/prod"),
        ("files", "arn:aws:s3:::files"),
        ("arn:aws:sns:us-east-1:1:News", "arn:aws:sns:us-east-1:1:News"),
    ],
)
def test_an_arn_matches_the_physical_id(physical_id: str, arn: str) -> None:
    assert unused._is_held(arn, unused._ids(physical_id))
    assert not unused._is_held(f"{arn}-old", unused._ids(physical_id))


def test_logs_of_deleted_functions_are_found() -> None:
    logs = DEPLOYED.client("logs")
    for name in (f"{GROUP}Old", "/aws/lambda/payments-dev-api-Old"):
        logs.create_log_group(logGroupName=name)
    assert list(logs_of_deleted_functions(DEPLOYED, held(DEPLOYED))) == [
        f"`{GROUP}Old` has no function"
    ]
    assert list(logs_of_deleted_functions(DEPLOYED, {"orders-dev-api-Old", f"{GROUP}Health"})) == []


@pytest.mark.parametrize(("hours", "found"), [(71, []), (73, ["3 days old"]), (240, ["10 days"])])
def test_old_messages_in_dead_letter_queues_are_found(hours: float, found: list[str]) -> None:
    (arn,) = DEPLOYED.arns("sqs")
    queue = arn.rpartition(":")[2]
    DEPLOYED.client("cloudwatch").put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": queue}],
                "Timestamp": NOW - timedelta(minutes=30),
                "Value": 3600 * hours,
            }
        ],
    )
    said = list(waiting_messages(DEPLOYED, NOW))
    assert len(said) == len(found)
    assert all(queue in line and age in line for line, age in zip(said, found, strict=True))


def test_the_task_prints_a_report_of_an_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(unused, "from_arguments", lambda *_, **__: DEPLOYED)
    assert unused.main([]) == 0
    said = capsys.readouterr().out
    assert said.startswith("## Unused resources of orders in dev\n\nResources:\n\n- nothing ")


@pytest.mark.parametrize("error", [NoCredentialsError(), ResponseParserError("Unable to parse")])
def test_without_access_the_task_fails(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> Any:  # noqa: ANN401 (never returns)
        raise error

    monkeypatch.setattr(unused, "from_arguments", fail)
    assert unused.main([]) == 1
    assert capsys.readouterr().err.startswith("error: Unable to ")
