"""The API, as a caller sees it."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from aws_service_kit.local import logs
from aws_service_kit.local.callers import AnonymousCaller
from aws_service_kit.testing.local import Find, eventually

if TYPE_CHECKING:
    from aws_service_kit.local.callers import Caller
    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.deployed_resources import DeployedResource
    from aws_service_kit.local.http import Api

REQUEST = {
    "reference": "order-1",
    "priority": "normal",
    "amount_cents": 12_500,
    "document": "52998224725",
    "notes": "Ask at the reception.",
}


@pytest.fixture(autouse=True)
def _sent(personal_data: set[str]) -> None:
    personal_data.update({str(REQUEST["document"]), str(REQUEST["notes"])})


def submit(api: Api, key: str, **headers: str) -> dict[str, Any]:
    response = api.call("POST /requests", REQUEST, headers={"Idempotency-Key": key, **headers})
    assert response.status in {201, 202}, response
    view: dict[str, Any] = response.body
    return view


def decision(api: Api, request_id: str) -> str:
    """Wait until a request is decided."""

    def decided() -> str | None:
        status: str = api.call(f"GET /requests/{request_id}").body["status"]
        return None if status == "pending" else status

    return eventually(decided)


def test_a_request_is_submitted_decided_and_read(api: Api) -> None:
    submitted = submit(api, "read")
    assert decision(api, submitted["id"]) == "approved"
    view = api.call(f"GET /requests/{submitted['id']}").body
    assert view == {**submitted, "status": "approved"}
    assert view["document"] == "***.982.247-**"


def test_requests_are_listed_page_by_page_newest_first(api: Api) -> None:
    ids = [submit(api, f"list-{number}")["id"] for number in range(3)]
    listed: list[object] = []
    path = "/requests?limit=2"
    while path:
        page = api.call(f"GET {path}").body
        assert len(page["items"]) <= 2
        listed += [item["id"] for item in page["items"]]
        path = page["next_cursor"] and f"/requests?limit=2&cursor={page['next_cursor']}"
    assert [each for each in listed if each in ids] == ids[::-1]


def test_bad_input_is_reported_with_its_place(api: Api) -> None:
    bad = {**REQUEST, "amount_cents": -1}
    response = api.call("POST /requests", bad, headers={"Idempotency-Key": "bad"})
    assert response.status == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    (error,) = response.body["errors"]
    assert error["pointer"] == "/amount_cents"


def test_the_same_key_makes_one_request(api: Api) -> None:
    first = submit(api, "twice")
    assert submit(api, "twice")["id"] == first["id"]
    other = {**REQUEST, "amount_cents": 1}
    response = api.call("POST /requests", other, headers={"Idempotency-Key": "twice"})
    assert response.status == 422


def test_a_caller_sees_no_request_of_another(api: Api, other_caller: Caller) -> None:
    mine = submit(api, "mine")
    response = api.call(f"GET /requests/{mine['id']}", caller=other_caller)
    assert response.status == 404
    assert api.call("GET /requests", caller=other_caller).body["items"] == []


def test_an_anonymous_caller_is_rejected(api: Api) -> None:
    assert api.call("GET /requests", caller=AnonymousCaller()).status in {401, 403}
    assert api.call("GET /health", caller=AnonymousCaller()).body == {"status": "ok"}


def functions_of_a_request(stacks: set[str]) -> set[str]:
    """Return the construct ids of the functions that process a submitted request."""
    if "messaging" not in stacks:
        return {"SubmitRequest"}
    if {"events", "workflow"} <= stacks:
        tasks = {"ValidateRequestFunction", "ProcessRequestFunction", "NotifyFunction"}
        return {"SubmitRequest", "ConsumeRequest", *tasks}
    return {"SubmitRequest", "ConsumeRequest"}


def test_every_function_logs_the_correlation_id(
    cloud: Cloud, api: Api, resources: list[DeployedResource]
) -> None:
    correlation_id = str(uuid4())
    started = int(time.time() * 1000)
    submitted = submit(api, "followed", **{"X-Correlation-Id": correlation_id})
    decision(api, submitted["id"])
    passed = functions_of_a_request({each.stack for each in resources})

    def seen() -> set[str]:
        return {
            re.split("Logs", group.rpartition("/")[2])[0]
            for group, event in logs.events(cloud, started)
            if event["message"].startswith("{")
            and json.loads(event["message"]).get("correlation_id") == correlation_id
        }

    assert eventually(lambda: found if passed <= (found := seen()) else None) >= passed


@pytest.fixture
def rotation(resources: list[DeployedResource]) -> str:
    """The function that rotates the cursors' secret."""
    (name,) = (
        each.physical_id
        for each in resources
        if each.kind == "AWS::Lambda::Function" and each.logical_id.startswith("RotateCursorSecret")
    )
    return f"{name}:live"


def rotate(cloud: Cloud, secret: str, function: str) -> None:
    """Rotate as Secrets Manager does, because the emulator doesn't call the function."""
    secrets = cloud.client("secretsmanager")
    arn = secrets.rotate_secret(SecretId=secret)["ARN"]
    version = str(uuid4())
    secrets.put_secret_value(SecretId=arn, ClientRequestToken=version, VersionStages=["AWSPENDING"])
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        event = {"Step": step, "SecretId": arn, "ClientRequestToken": version}
        response = cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        assert "FunctionError" not in response, response["Payload"].read()
    assert secrets.get_secret_value(SecretId=arn)["VersionId"] == version


def test_cursors_stay_valid_after_a_rotation_of_their_secret(
    cloud: Cloud, api: Api, only_resource: Find, rotation: str
) -> None:
    for number in range(2):
        submit(api, f"rotated-{number}")

    def cursor() -> str:
        given: str = api.call("GET /requests?limit=1").body["next_cursor"]
        return given

    before = cursor()
    assert cursor() == before

    rotate(cloud, only_resource("api", "AWS::SecretsManager::Secret", "CursorSecret"), rotation)

    # The function caches the secret for seconds here, for minutes in AWS.
    eventually(lambda: None if cursor() == before else cursor())
    assert api.call(f"GET /requests?limit=1&cursor={before}").status == 200
