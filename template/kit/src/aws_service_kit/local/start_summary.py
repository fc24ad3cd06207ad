"""A summary of the local service, with example requests for a shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_service_kit.controls.evidence.assembly import DOCUMENT, OPENAPI
from aws_service_kit.local import LEFT_OUT, messages
from aws_service_kit.local.deployed_resources import API, api_url, deployed, schedules
from aws_service_kit.local.example_calls import api_requests, runs, without_ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.deployed_resources import DeployedResource

SHOWN = {
    API: "API",
    "AWS::Cognito::UserPool": "user pool",
    "AWS::DynamoDB::GlobalTable": "table",
    "AWS::Events::EventBus": "event bus",
    "AWS::S3::Bucket": "bucket",
    "AWS::SNS::Topic": "topic",
    "AWS::SQS::Queue": "queue",
    "AWS::StepFunctions::StateMachine": "state machine",
}


NEXT = """\
Next:
  python3 dev.py local-logs     follow the logs of all functions
  python3 dev.py local-deploy   deploy your changes
  python3 dev.py local-env      variables for the AWS CLI and SDKs
  python3 dev.py local-stop     stop the emulator and remove its files"""


def describe(cloud: Cloud, service: str, assembly: Path) -> str:
    """Return a summary of the deployment: example requests and unsupported resources.

    Args:
        cloud: The emulator.
        service: The service's name.
        assembly: The folder of the synthesis.
    """
    found = deployed(cloud, service)
    parts = [
        [f"{service} is deployed in the emulator at {cloud.endpoint}:", *_places(cloud, found)],
        [f"Call the API, which is described in {DOCUMENT}:", *_calls(assembly)],
        ["Send a message and see its processing:", *messages.commands(found)],
        ["Run a schedule's target now:", *runs(cloud, schedules(cloud, found))],
        ["Not deployed, because the emulator doesn't support it:", *_left_out(assembly)],
    ]
    sections = ["\n  ".join(part) for part in parts if len(part) > 1]
    return "\n" + "\n\n".join([*sections, NEXT])


def debugging(functions: Sequence[str], port: int) -> str:
    """Return instructions to attach an editor to the debugged functions."""
    wait = "waits" if len(functions) == 1 else "wait"
    return f"""\
{", ".join(functions)} {wait} for a debugger at 127.0.0.1:{port}, without time-outs:
  VS Code         start `Attach to the local service`
  other editors   kit/guides/debugging.md
  no debugger     `python3 dev.py local` deploys the function without it"""


def _places(cloud: Cloud, found: Sequence[DeployedResource]) -> Iterator[str]:
    for each in found:
        if each.kind in SHOWN:
            where = each.physical_id if each.kind != API else api_url(cloud, each.physical_id)
            yield f"{SHOWN[each.kind]:14} {where}"


def _calls(assembly: Path) -> Iterator[str]:
    for request in without_ids(api_requests(specification(assembly))):
        if request.signed:
            yield f"{request.route} needs signed requests: kit/guides/triggers.md, In the emulator"
        else:
            yield request.command()


def specification(assembly: Path) -> Mapping[str, Any]:
    """Return the OpenAPI document of the deployed code, which has no paths without an API.

    Args:
        assembly: The folder of the synthesis.
    """
    document = assembly / OPENAPI
    if not document.exists():
        return {"paths": {}}
    found: Mapping[str, Any] = json.loads(document.read_text(encoding="utf-8"))
    return found


def _left_out(assembly: Path) -> Iterator[str]:
    left_out = json.loads((assembly / LEFT_OUT).read_text(encoding="utf-8"))
    for resource_type, instead in left_out.items():
        yield f"{resource_type:38} {instead}"
