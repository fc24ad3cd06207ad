"""Access to the emulator: programs of this start, and callers of the deployed API."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import boto3
import pytest
from aws_service_kit.local.access_control import Restricted
from aws_service_kit.local.cloud import Cloud, without_secrets
from aws_service_kit.local.emulator import Running
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_service_kit.local.access_control import Message, Receive, Send

SECRET = "0123456789abcdef"
ISSUED = {"ASIAISSUED": "token"}
EMULATOR = "127.0.0.1:4566"
API = "28ea0da9.execute-api.localhost:4566"


async def application(scope: Message, _receive: Receive, send: Send) -> None:
    """Answer everything."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
    else:
        await send({"type": "answered"})


def responses(
    headers: Mapping[str, str], path: str = "/", query: str = "", scope_type: str = "http"
) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": scope_type,
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(Restricted(application, SECRET, ISSUED.get)(scope, receive, send))
    return sent


def status(headers: Mapping[str, str], path: str = "/", query: str = "") -> int:
    first, *_ = responses(headers, path, query)
    code: int = first["status"]
    return code


def signed(key: str, token: str | None = None) -> dict[str, str]:
    request = AWSRequest("POST", f"http://{EMULATOR}/", data="{}")
    SigV4Auth(Credentials(key, "any", token), "lambda", "us-east-1").add_auth(request)
    return {"host": EMULATOR, **{name.lower(): value for name, value in request.headers.items()}}


@pytest.mark.parametrize(
    "headers",
    [
        signed(SECRET),
        pytest.param(signed("000000000000", SECRET), id="a function"),
        pytest.param(signed("ASIAISSUED", "token"), id="a role that was assumed"),
        {**signed(SECRET), "origin": "http://localhost:3000"},
        {**signed(SECRET), "host": "localhost:4566"},
        {**signed(SECRET), "host": "[::1]:4566"},
    ],
)
def test_programs_of_this_start_are_allowed(headers: Mapping[str, str]) -> None:
    assert status(headers) == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"host": EMULATOR}, id="unsigned"),
        pytest.param({"host": EMULATOR, "content-type": "text/plain"}, id="a simple request"),
        signed("local"),
        signed("test"),
        pytest.param(signed("000000000000"), id="the account's id"),
        pytest.param(signed("000000000000", "local"), id="a token of another start"),
        pytest.param(signed("ASIAISSUED"), id="a role without its token"),
        pytest.param(signed("ASIAISSUED", "guessed"), id="a role with another token"),
        pytest.param(signed("ASIAUNKNOWN", "token"), id="a role of another start"),
        {**signed(SECRET), "host": "rebound.example:4566"},
        {**signed(SECRET), "host": "127.0.0.1.rebound.example"},
        {**signed(SECRET), "host": "localhost.example"},
        {**signed(SECRET), "host": ""},
        {**signed(SECRET), "origin": "https://foreign.example"},
        {**signed(SECRET), "origin": "null"},
        {**signed(SECRET), "origin": "http://[broken"},
        {**signed(SECRET), "sec-fetch-site": "cross-site"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/2015-03-31/functions", "/_ministack/reset"])
def test_all_other_requests_are_rejected(headers: Mapping[str, str], path: str) -> None:
    assert status(headers, path) == 403


def test_a_presigned_url_is_accepted() -> None:
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://{EMULATOR}",
        aws_access_key_id=SECRET,
        aws_secret_access_key="any",
        config=Config(signature_version="s3v4"),
    )
    url = client.generate_presigned_url("get_object", Params={"Bucket": "a", "Key": "b"})
    path, _, query = url.removeprefix(f"http://{EMULATOR}").partition("?")

    assert "X-Amz-Credential" in query
    assert status({"host": EMULATOR}, path, query) == 200
    forged = urlencode({"X-Amz-Credential": "local/20261126/us-east-1/s3/aws4_request"})
    assert status({"host": EMULATOR}, path, forged) == 403


@pytest.mark.parametrize(
    ("host", "path"),
    [(API, "/v1/health"), (EMULATOR, "/_aws/execute-api/28ea0da9/v1/health")],
)
def test_callers_of_the_deployed_api_are_allowed(host: str, path: str) -> None:
    assert status({"host": host}, path) == 200
    front_end = {"origin": "http://localhost:3000", "sec-fetch-site": "cross-site"}
    assert status({"host": host, **front_end}, path) == 200
    assert status({"host": host, "origin": "https://foreign.example"}, path) == 403
    assert status({"host": host, "sec-fetch-site": "cross-site"}, path) == 403


@pytest.mark.parametrize(
    ("host", "path"),
    [
        (API, "/_ministack/reset"),
        (API, "/_aws/lambda-url/0/"),
        (f"{API}.example", "/v1/health"),
        (EMULATOR, "/v1/health"),
        (EMULATOR, "/restapis/28ea0da9/resources"),
    ],
)
def test_requests_that_resemble_the_api_are_rejected(host: str, path: str) -> None:
    assert status({"host": host}, path) == 403


def test_the_public_keys_of_a_user_pool_are_public() -> None:
    assert status({"host": EMULATOR}, "/us-east-1_aB3/.well-known/jwks.json") == 200
    assert status({"host": EMULATOR}, "/bucket/.well-known/jwks.json") == 403


def test_a_rejection_contains_its_reason() -> None:
    _, body = responses({"host": EMULATOR})
    assert "local-env" in json.loads(body["body"])["message"]


def test_web_sockets_are_rejected_and_lifespan_events_are_passed_on() -> None:
    (closed,) = responses({"host": EMULATOR}, scope_type="websocket")
    assert (closed["type"], closed["code"]) == ("websocket.close", 1008)
    assert responses({}, scope_type="lifespan") == [{"type": "answered"}]


def test_secrets_of_the_shell_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "NPM_CONFIG__AUTH", "DATABASE_URL"):
        monkeypatch.setenv(name, "a secret")
    assert "a secret" not in without_secrets().values()
    assert without_secrets()["PATH"] == os.environ["PATH"]


def test_the_secret_is_in_no_repr() -> None:
    cloud = Cloud(1, access_key=SECRET)
    assert cloud.variables()["AWS_ACCESS_KEY_ID"] == SECRET
    assert SECRET not in repr(cloud)
    assert SECRET not in repr(Running(1, 1, access_key=SECRET))
