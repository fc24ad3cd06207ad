"""The error of a failed AWS call names its resource, without personal data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.failed_calls import resource_of, resources
from aws_service_kit.runtime.invocation import Outcome
from aws_service_kit.testing.unit import Output
from botocore.exceptions import ClientError

PERSON = "ana@example.com"
KEY = {"pk": {"S": PERSON}}
ACCOUNT = "123456789012"
CALLS: dict[str, Callable[[], object]] = {
    "table orders": lambda: clients.dynamodb().get_item(TableName="orders", Key=KEY),
    "bucket reports": lambda: clients.s3().get_object(Bucket="reports", Key=PERSON),
    "queue work": lambda: clients.sqs().send_message(
        QueueUrl=f"https://sqs.sa-east-1.amazonaws.com/{ACCOUNT}/work", MessageBody=PERSON
    ),
    "topic news": lambda: clients.sns().publish(
        TopicArn=f"arn:aws:sns:sa-east-1:{ACCOUNT}:news", Message=PERSON
    ),
    "secret keys/cursor": lambda: clients.secretsmanager().get_secret_value(SecretId="keys/cursor"),
    "parameter /limits/daily": lambda: clients.ssm().get_parameter(Name="/limits/daily"),
    "table orders, table people": lambda: clients.dynamodb().transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "orders", "Item": KEY}},
            {"Delete": {"TableName": "people", "Key": KEY}},
            {"Delete": {"TableName": "people", "Key": KEY}},
        ]
    ),
}


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("named", CALLS)
def test_an_error_contains_the_resource_name(named: str) -> None:
    with pytest.raises(ClientError) as caught:
        CALLS[named]()
    assert resource_of(caught.value) == named
    assert str(caught.value).endswith(f"({named})")
    assert PERSON not in named


def fail_unguarded() -> None:
    CALLS["table orders"]()


def fail_guarded() -> None:
    with dependency("DynamoDB"):
        CALLS["table orders"]()


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("fail", [fail_unguarded, fail_guarded])
def test_the_log_line_of_a_failure_contains_the_resource_name(
    fail: Callable[[], None], output: Output
) -> None:
    with pytest.raises(Exception, match="ResourceNotFoundException") as caught:
        fail()
    Outcome("Task", "done", "work").failed(caught.value)
    [line] = output.logs
    assert line["error_resource"] == "table orders"
    assert PERSON not in output.text


@pytest.mark.parametrize(
    ("operation", "parameters", "named"),
    [
        (
            "GetItem",
            {"TableName": f"arn:aws:dynamodb:sa-east-1:{ACCOUNT}:table/orders"},
            "table orders",
        ),
        (
            "GetSecretValue",
            {"SecretId": f"arn:aws:secretsmanager:sa-east-1:{ACCOUNT}:secret:key-AbC"},
            "secret key-AbC",
        ),
        ("BatchGetItem", {"RequestItems": {"a": {}, "b": {}}}, "table a, table b"),
        ("GetParameters", {"Names": ["/a", "/b"]}, "parameter /a, parameter /b"),
        ("PutEvents", {"Entries": [{"EventBusName": "bus", "Detail": PERSON}]}, "event bus bus"),
        (
            "StartExecution",
            {"stateMachineArn": f"arn:aws:states:sa-east-1:{ACCOUNT}:stateMachine:work"},
            "state machine work",
        ),
        ("Publish", {"PhoneNumber": "+5511999999999", "Message": PERSON}, ""),
        ("GetUser", {"Name": PERSON}, ""),
    ],
)
def test_only_resource_names_are_read_from_parameters(
    operation: str, parameters: dict[str, Any], named: str
) -> None:
    assert resources(operation, parameters) == named


def test_other_exceptions_have_no_resource_name() -> None:
    assert resource_of(ValueError("no call")) is None
    assert resource_of(ClientError({}, "GetItem")) is None
