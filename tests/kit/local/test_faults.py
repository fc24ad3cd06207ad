"""Injected faults in calls of functions in the local environment, and their metrics."""

from __future__ import annotations

import asyncio
import io
import json
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest
from aws_service_kit.local.faults import (
    NOT_RETRIED,
    Attempt,
    AttemptResult,
    Faults,
    Faulty,
    Plan,
    attempt_in,
)
from aws_service_kit.local.metrics import added_up
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ClientError
from urllib3 import HTTPResponse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_service_kit.local.access_control import Message
    from botocore.awsrequest import AWSPreparedRequest

FUNCTIONS, OTHERS = 2, 1
NOTHING = Plan(seed=1, once=0, always=0)
ONCE = Plan(seed=1, once=1, always=0)
ALWAYS = Plan(seed=1, once=0, always=1)


def happenings(plan: Plan, calls: int = 1000, service: str = "sqs") -> list[AttemptResult]:
    faults = Faults(plan)
    return [faults.result_of(Attempt(str(number), 1, service)) for number in range(calls)]


def test_the_same_seed_fails_the_same_calls() -> None:
    plan = Plan(seed=1, once=0.2, always=0.1)
    assert happenings(plan) == happenings(plan)
    assert happenings(plan) != happenings(Plan(seed=2, once=0.2, always=0.1))


def test_faults_of_a_service_do_not_depend_on_calls_of_others() -> None:
    plan = Plan(seed=1, once=0.2, always=0.1)
    faults = Faults(plan)
    mixed = []
    for number in range(1000):
        mixed.append(faults.result_of(Attempt(f"sqs {number}", 1, "sqs")))
        faults.result_of(Attempt(f"sns {number}", 1, "sns"))
    assert mixed == happenings(plan)
    assert mixed != happenings(plan, service="sns")


def test_the_share_of_faults_is_as_planned() -> None:
    found = Counter(happenings(Plan(seed=1, once=0.2, always=0.1), calls=10_000))
    assert found[AttemptResult.FAILS_ONCE] == pytest.approx(2000, rel=0.1)
    assert found[AttemptResult.FAILS] == pytest.approx(1000, rel=0.1)


def test_calls_without_retries_get_only_transient_faults() -> None:
    faults = Faults(Plan(seed=1, once=0.5, always=0.5))
    found = [faults.result_of(Attempt(str(n), 1, "sqs", not_retried=True)) for n in range(100)]
    assert set(found) == {AttemptResult.FAILS_ONCE}


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (NOTHING, [AttemptResult.SUCCEEDS, AttemptResult.REPEATED, AttemptResult.REPEATED]),
        (ONCE, [AttemptResult.FAILS_ONCE, AttemptResult.SUCCEEDS, AttemptResult.REPEATED]),
        (ALWAYS, [AttemptResult.FAILS] * 3),
    ],
)
def test_a_call_has_the_same_fault_in_all_attempts(
    plan: Plan, expected: list[AttemptResult]
) -> None:
    faults = Faults(plan)
    assert [faults.result_of(Attempt("call", number, "sqs")) for number in (1, 2, 3)] == expected


class Emulator:
    """A substitute of the emulator that returns 200, with faults injected."""

    def __init__(self, plan: Plan) -> None:
        self.log = io.StringIO()
        self._faulty = Faulty(self._respond, FUNCTIONS, Faults(plan), self.log)

    def ask(self, headers: dict[str, str], port: int = FUNCTIONS) -> int:
        """Send a request with a body in two parts, and return the status."""
        parts: list[Message] = [
            {"type": "http.request", "body": b"1", "more_body": True},
            {"type": "http.request", "body": b"2", "more_body": False},
        ]
        sent: list[Message] = []

        async def receive() -> Message:
            return parts.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "server": ("127.0.0.1", port),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        asyncio.run(self._faulty(scope, receive, send))
        assert parts == []
        status: int = sent[0]["status"]
        return status

    async def _respond(self, _scope: Message, receive: object, send: object) -> None:
        while (await receive()).get("more_body"):  # type: ignore[operator]
            pass
        await send({"type": "http.response.start", "status": 200})  # type: ignore[operator]


def attempts(emulator: Emulator) -> list[int]:
    """Call the emulator with a client; return the status of each attempt."""
    session = boto3.Session("key", "secret", region_name="us-east-1")
    config = Config(retries={"mode": "standard", "total_max_attempts": 3})
    client = session.client("sqs", config=config)
    statuses = []

    def send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        headers = {
            name.lower(): value if isinstance(value, str) else value.decode()
            for name, value in request.headers.items()
        }
        statuses.append(emulator.ask(headers))
        body = HTTPResponse(
            io.BytesIO(b"" if statuses[-1] == 503 else b"{}"), preload_content=False
        )
        return AWSResponse("", statuses[-1], HTTPHeaders(), body)

    client.meta.events.register("before-send.sqs", send)  # type: ignore[arg-type]
    with suppress(ClientError):
        client.send_message(QueueUrl="http://localhost/queue", MessageBody="body")
    return statuses


@pytest.mark.parametrize(
    ("plan", "statuses"), [(NOTHING, [200]), (ONCE, [503, 200]), (ALWAYS, [503, 503, 503])]
)
def test_the_sdk_retries_after_a_fault(plan: Plan, statuses: list[int]) -> None:
    assert attempts(Emulator(plan)) == statuses


def test_a_function_without_retries_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", NOT_RETRIED)
    assert attempts(Emulator(ALWAYS)) == [503, 200]


def headers(number: int, call: str = "") -> dict[str, str]:
    return {
        "amz-sdk-invocation-id": call or str(uuid4()),
        "amz-sdk-request": f"attempt={number}; max=3",
        "authorization": "AWS4-HMAC-SHA256 Credential=k/20261126/us-east-1/sqs/aws4_request, …",
    }


def test_only_calls_of_functions_get_faults() -> None:
    emulator = Emulator(ALWAYS)
    assert emulator.ask(headers(1), port=OTHERS) == 200
    assert emulator.ask(headers(1)) == 503


@pytest.mark.parametrize("missing", ["amz-sdk-invocation-id", "amz-sdk-request", "authorization"])
def test_requests_without_sdk_headers_get_no_fault(missing: str) -> None:
    sent = {name: value for name, value in headers(1).items() if name != missing}
    assert attempt_in(sent) is None
    assert Emulator(ALWAYS).ask(sent) == 200


def logged(plan: Plan, attempts: Sequence[int]) -> list[str]:
    emulator = Emulator(plan)
    for number in attempts:
        emulator.ask(headers(number, "call"))
    lines = [json.loads(line) for line in emulator.log.getvalue().splitlines()]
    assert {(line["call"], line["service"]) for line in lines} <= {("call", "sqs")}
    return [line["happened"] for line in lines]


def test_faults_and_retries_are_logged() -> None:
    assert logged(ALWAYS, [1, 2, 3]) == ["FAILS"]
    assert logged(ONCE, [1, 2]) == ["FAILS_ONCE"]
    assert logged(NOTHING, [1, 2, 3]) == ["REPEATED", "REPEATED"]


def metrics(operation: str, **values: object) -> str:
    names = [{"Name": name, "Unit": "Count"} for name in values]
    directive = {"Namespace": "n", "Dimensions": [["operation"]], "Metrics": names}
    return json.dumps({"_aws": {"CloudWatchMetrics": [directive]}, "operation": operation} | values)


def test_metrics_are_added_up_by_operation() -> None:
    lines = [
        "START RequestId: 1",
        json.dumps({"message": "Message processed"}),
        metrics("first", Success=[1.0, 1.0], CallerFault=[1.0]),
        metrics("first", Success=1.0),
        metrics("second", Success=[1.0]),
    ]
    assert added_up(lines) == {
        ("first", "Success"): 3,
        ("first", "CallerFault"): 1,
        ("second", "Success"): 1,
    }
