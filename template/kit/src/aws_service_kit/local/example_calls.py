"""Example requests to the local service, as shell commands."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_service_kit.local.callers import SIGNED_FOR, IamCaller
from aws_service_kit.local.cloud import REGION, SECRET_KEY
from aws_service_kit.local.schema_examples import example

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from botocore.awsrequest import AWSRequest

    from aws_service_kit.local.callers import Caller
    from aws_service_kit.local.cloud import Cloud

STATE_MACHINE = ":states:"
UNAUTHORIZED = "401"
# Placeholders that Scheduler replaces (EventBridge Scheduler User Guide, "Context attributes").
PLACEHOLDERS = {
    "<aws.scheduler.execution-id>": "00000000-0000-4000-8000-000000000000",
    "<aws.scheduler.scheduled-time>": "2026-01-02T12:00:00Z",
}


@dataclass(frozen=True)
class ExampleRequest:
    """A request that the API's contract allows.

    Attributes:
        route: Verb and path.
        headers: The required headers, each `Name: value`.
        body: The JSON body; None if the route takes none.
        signed: Whether the sender must sign the body, as for a webhook.
    """

    route: str
    headers: tuple[str, ...]
    body: str | None
    signed: bool = False

    def command(self) -> str:
        """Return the shell command that sends the request as an authorized caller."""
        body = () if self.body is None else (self.body,)
        headers = (part for header in self.headers for part in ("--header", header))
        return shlex.join(["python3", "dev.py", "local-call", self.route, *body, *headers])


def api_requests(specification: Mapping[str, Any]) -> Iterator[ExampleRequest]:
    """Yield a request for each route of an OpenAPI document; a path may have placeholders."""
    for path, operations in specification["paths"].items():
        for method, operation in operations.items():
            yield _request(specification, f"{method.upper()} {path}", operation)


def without_ids(requests: Iterable[ExampleRequest]) -> Iterator[ExampleRequest]:
    """Yield the requests that need no id from another response."""
    return (request for request in requests if "{" not in request.route)


def curl(cloud: Cloud, request: AWSRequest, caller: Caller) -> str:
    """Return the `curl` command that sends a request as a caller.

    Args:
        cloud: The emulator.
        request: The request, whose URL contains the API's host.
        caller: The caller, which signs the request or sends a token.
    """
    signed: list[str] = []
    if isinstance(caller, IamCaller):
        signed = _signed(SIGNED_FOR, caller.access_key, caller.secret_key)
    else:
        caller.authenticate(request)
    headers = [part for each in request.headers.items() for part in ("-H", ": ".join(each))]
    # Unlike `--data`, this option never interprets a body as the name of a file.
    body = ["--data-raw", os.fsdecode(request.data)] if request.data else []
    method, url = str(request.method), str(request.url)
    return shlex.join([*_curl(cloud), *signed, "-X", method, *headers, *body, url])


def runs(cloud: Cloud, schedules: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Return a `curl` command for each schedule, which runs the schedule's target now.

    Args:
        cloud: The emulator.
        schedules: The target of each, by name: `Arn` and `Input`.
    """
    for target in schedules.values():
        sent = scheduled_input(target)
        if STATE_MACHINE in target["Arn"]:
            started = json.dumps({"stateMachineArn": target["Arn"], "input": sent})
            action = ["-H", "X-Amz-Target: AWSStepFunctions.StartExecution", "-d", started]
            signed, url = _signed("states", cloud.access_key), f"{cloud.endpoint}/"
        else:
            action = ["-H", "X-Amz-Invocation-Type: Event", "-d", sent]
            signed = _signed("lambda", cloud.access_key)
            url = f"{cloud.endpoint}/2015-03-31/functions/{target['Arn']}/invocations"
        yield shlex.join([*_curl(cloud), *signed, *action, url])


def scheduled_input(target: Mapping[str, str]) -> str:
    """Return a schedule's input with its placeholders replaced; the emulator doesn't do this."""
    text = target["Input"]
    for placeholder, value in PLACEHOLDERS.items():
        text = text.replace(placeholder, value)
    return text


def _curl(cloud: Cloud) -> list[str]:
    trust = () if cloud.certificate is None else ("--cacert", str(cloud.certificate))
    return ["curl", "-sS", *trust]


def _signed(service: str, access_key: str, secret_key: str = SECRET_KEY) -> list[str]:
    return ["--aws-sigv4", f"aws:amz:{REGION}:{service}", "--user", f"{access_key}:{secret_key}"]


def _request(
    specification: Mapping[str, Any], route: str, operation: Mapping[str, Any]
) -> ExampleRequest:
    headers = tuple(
        f"{parameter['name']}: {example(specification, parameter.get('schema', {}))}"
        for parameter in operation["parameters"]
        if parameter["in"] == "header" and parameter["required"]
    )
    if "requestBody" not in operation:
        # The handler authenticates the sender, and API Gateway doesn't.
        signed = operation.get("security") == [] and UNAUTHORIZED in operation.get("responses", ())
        return ExampleRequest(route, headers, None, signed)
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    body = json.dumps(example(specification, schema), ensure_ascii=False)
    return ExampleRequest(route, headers, body)
