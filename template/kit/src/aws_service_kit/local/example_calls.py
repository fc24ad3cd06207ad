"""Example requests for a shell."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from aws_service_kit.local.callers import SIGNED_FOR
from aws_service_kit.local.cloud import REGION, SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aws_service_kit.local.cloud import Cloud

CURRENT_TOKEN = "Authorization: $(python3 dev.py local-token)"  # noqa: S105
STATE_MACHINE = ":states:"
# Placeholders that Scheduler replaces (EventBridge Scheduler User Guide, "Context attributes").
PLACEHOLDERS = {
    "<aws.scheduler.execution-id>": "00000000-0000-4000-8000-000000000000",
    "<aws.scheduler.scheduled-time>": "2026-01-02T12:00:00Z",
}


def api_requests(cloud: Cloud, specification: Mapping[str, Any], url: str) -> Iterator[str]:
    """Return a `curl` command for each route that doesn't need an id from another response."""
    for path, operations in specification["paths"].items():
        if "{" not in path:
            for method, operation in operations.items():
                call = " ".join(_options(cloud, specification, method, operation))
                yield f"{_curl(cloud)} {call} {shlex.quote(url + path)}".replace("  ", " ")


def runs(cloud: Cloud, schedules: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Return a `curl` command for each schedule that runs its target at once.

    Args:
        cloud: The emulator.
        schedules: The target of each, by name: `Arn` and `Input`.
    """
    for target in schedules.values():
        sent = scheduled_input(target)
        if STATE_MACHINE in target["Arn"]:
            started = json.dumps({"stateMachineArn": target["Arn"], "input": sent})
            action = ["-H", "X-Amz-Target: AWSStepFunctions.StartExecution", "-d", started]
            signed, url = _signed(cloud, "states"), f"{cloud.endpoint}/"
        else:
            action = ["-H", "X-Amz-Invocation-Type: Event", "-d", sent]
            signed = _signed(cloud, "lambda")
            url = f"{cloud.endpoint}/2015-03-31/functions/{target['Arn']}/invocations"
        yield f"{_curl(cloud)} {signed} {shlex.join([*action, url])}"


def scheduled_input(target: Mapping[str, str]) -> str:
    """Return a schedule's input with its placeholders replaced, which the emulator doesn't do."""
    text = target["Input"]
    for placeholder, value in PLACEHOLDERS.items():
        text = text.replace(placeholder, value)
    return text


def _curl(cloud: Cloud) -> str:
    trust = () if cloud.certificate is None else ("--cacert", str(cloud.certificate))
    return shlex.join(["curl", "-sS", *trust])


def _signed(cloud: Cloud, service: str) -> str:
    keys = f"{cloud.access_key}:{SECRET_KEY}"
    return shlex.join(["--aws-sigv4", f"aws:amz:{REGION}:{service}", "--user", keys])


def _options(
    cloud: Cloud, specification: Mapping[str, Any], method: str, operation: Mapping[str, Any]
) -> Iterator[str]:
    needed = operation.get("security", specification["security"])
    if {"cognito": []} in needed:
        yield f'-H "{CURRENT_TOKEN}"'  # in double quotes, so that the shell evaluates the token
    if {"iam": []} in needed:
        yield _signed(cloud, SIGNED_FOR)
    if method != "get":
        yield shlex.join(["-X", method.upper()])
    for parameter in operation["parameters"]:
        if parameter["in"] == "header" and parameter["required"]:
            yield shlex.join(["-H", f"{parameter['name']}: example-1"])
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = json.dumps(example(specification, schema))
        yield shlex.join(["-H", "Content-Type: application/json", "-d", body])


def example(specification: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 (JSON)
    """Return a value that matches a schema: its example, or a minimal value."""
    if "$ref" in schema:
        *_, name = schema["$ref"].split("/")
        return example(specification, specification["components"]["schemas"][name])
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        required = schema.get("required", [])
        return {name: example(specification, schema["properties"][name]) for name in required}
    if schema.get("type") in {"integer", "number"}:
        return schema.get("minimum", 1)
    return {"array": [], "boolean": True, "null": None}.get(str(schema.get("type")), "example")
