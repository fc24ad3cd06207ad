"""Real clients of the SDK receive unreadable responses from a local server."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aws_service_kit.runtime import clients, messages, objects, parameters
from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.errors import (
    DependencyError,
    DependencyFailedError,
    DependencyUnavailableError,
    Fault,
    ServiceError,
    UnreadableResponseError,
)
from aws_service_kit.runtime.invocation import classify
from aws_service_kit.runtime.response_parsers import OperationOutput
from aws_service_kit.runtime.rotation import rotation
from aws_service_kit.testing.envelopes import envelope
from aws_service_kit.testing.fake_aws import (
    ID,
    REFUSED,
    UNREADABLE,
    WITH_ID,
    Reply,
    Server,
    answering,
    reaching,
)
from aws_service_kit.testing.unit import Context

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:name"
KEY: Any = {"pk": {"S": "1"}}


def get_item() -> object:
    with dependency("DynamoDB"):
        answer = clients.dynamodb().get_item(TableName="table", Key=KEY)
    return answer.get("Item")


def query() -> object:
    with dependency("DynamoDB"):
        answer = clients.dynamodb().query(TableName="table")
    return answer["Items"]


def put_item() -> None:
    with dependency("DynamoDB"):
        clients.dynamodb().put_item(TableName="table", Item=KEY)


def costs() -> object:
    period: Any = {"Start": "2026-11-01", "End": "2026-11-02"}
    with dependency("Cost Explorer"):
        answer = clients.cost_explorer().get_cost_and_usage(
            TimePeriod=period, Granularity="DAILY", Metrics=["UnblendedCost"]
        )
    return answer["ResultsByTime"]


def rotate() -> None:
    event = {"Step": "createSecret", "SecretId": ARN, "ClientRequestToken": "1"}
    rotation(lambda: "value")(event, Context())


CALLS: dict[str, Callable[[], object]] = {
    "dynamodb get_item": get_item,
    "dynamodb query": query,
    "dynamodb put_item": put_item,
    "ce get_cost_and_usage": costs,
    "events put_events": lambda: messages.put_event("bus", envelope()),
    "s3 put_object": lambda: objects.put_json("bucket", "key", {}),
    "secretsmanager get_secret_value": lambda: parameters.secret(ARN),
    "secretsmanager describe_secret": rotate,
    "sns publish": lambda: messages.publish("arn:aws:sns:us-east-1:1:topic", envelope()),
    "sqs send_message": lambda: messages.send("https://sqs/queue", envelope()),
    "ssm get_parameter": lambda: parameters.parameter("/name"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with answering() as server:
        yield server


def failure(call: Callable[[], object]) -> ServiceError:
    """Return the error that a call raises."""
    with pytest.raises(DependencyError) as caught:
        call()
    assert "Hotel" not in str(caught.value.__cause__)
    return classify(caught.value)


@pytest.mark.parametrize("reply", UNREADABLE)
def test_an_unreadable_response_is_a_transient_error(reply: str, server: Server) -> None:
    server.reply = UNREADABLE[reply]
    for name, call in CALLS.items():
        if name == "s3 put_object" and reply in WITH_ID:
            continue
        error = failure(call)
        assert (name, type(error)) == (name, DependencyUnavailableError)
        assert error.retry_after is not None


@pytest.mark.parametrize("reply", REFUSED)
def test_a_client_error_is_permanent_regardless_of_its_body(reply: str, server: Server) -> None:
    server.reply = REFUSED[reply]
    for name, call in CALLS.items():
        assert (name, type(failure(call))) == (name, DependencyFailedError)


def test_a_member_of_another_type_is_a_transient_error(server: Server) -> None:
    for body in (b'{"Items": 5}', b'{"Items": [[]]}', b'{"Items": [{"pk": 1}]}'):
        server.reply = Reply(body=body, headers=ID)
        assert isinstance(failure(query), DependencyUnavailableError)
    server.reply = Reply(body=b'{"Parameter": {}}', headers=ID)
    assert isinstance(failure(CALLS["ssm get_parameter"]), DependencyUnavailableError)


def test_a_missing_item_is_none(server: Server) -> None:
    server.reply = Reply(body=b"{}", headers=ID)
    assert get_item() is None


def test_valid_responses_are_unchanged(server: Server) -> None:
    server.reply = Reply(body=b'{"Item": {"pk": {"S": "1"}}}', headers=ID)
    assert get_item() == KEY
    # Some emulators send no request id.
    server.reply = Reply(body=server.reply.body)
    assert get_item() == KEY


def test_errors_of_a_service_are_unchanged(server: Server) -> None:
    body = b'{"__type": "x#ResourceNotFoundException", "message": "No table"}'
    server.reply = Reply(400, body, ID)

    with pytest.raises(DependencyFailedError, match=r"^DynamoDB: ResourceNotFound") as caught:
        query()

    assert "No table" in str(caught.value.__cause__)


def send(read_timeout: int = 2, attempts: int = 3) -> None:
    with dependency("SQS"):
        clients.client("sqs", read_timeout=read_timeout, attempts=attempts).send_message(
            QueueUrl="https://sqs/queue", MessageBody="text"
        )


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_closed_or_foreign_port_is_a_transient_error(scheme: str, server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with reaching(f"{scheme}://127.0.0.1:{port}"):
        assert isinstance(failure(send), DependencyUnavailableError)
    server.reply = Reply(body=b"{}")
    with reaching(f"{scheme}://127.0.0.1:{server.server_port}"):
        assert isinstance(failure(send), DependencyUnavailableError)


def test_a_server_without_responses_is_a_transient_error() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        reaching(f"http://127.0.0.1:{silent.getsockname()[1]}"),
    ):
        found = failure(lambda: send(read_timeout=1, attempts=1))
        assert isinstance(found, DependencyUnavailableError)


def test_a_missing_member_is_a_dependency_fault_and_a_key_error() -> None:
    output = OperationOutput(Count=1)

    assert (output["Count"], output.get("Items"), "Items" in output) == (1, None, False)
    with pytest.raises(KeyError) as caught:
        output["Items"]
    assert isinstance(caught.value, UnreadableResponseError)
    # State machines retry by this name, and logs don't report it as a bug.
    error = classify(caught.value)
    assert type(error) is DependencyUnavailableError
    assert (error.fault, error.detail) == (Fault.DEPENDENCY, "The response lacks Items.")
