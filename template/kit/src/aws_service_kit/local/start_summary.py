"""A summary of the local service, with example requests for a shell."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aws_service_kit.local import LEFT_OUT, messages, process_guard
from aws_service_kit.local.cloud import LocalError
from aws_service_kit.local.deployed_resources import API, api_url, deployed, schedules
from aws_service_kit.local.example_calls import api_requests, runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.deployed_resources import DeployedResource

DOCUMENT = Path("docs", "openapi.json")
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


def describe(cloud: Cloud, root: Path, service: str, assembly: Path) -> str:
    """Return a summary of the deployment: example requests and unsupported resources.

    Args:
        cloud: The emulator.
        root: The project's folder.
        service: The service's name.
        assembly: The folder of the synthesis.

    Raises:
        LocalError: The API can't be described.
    """
    found = deployed(cloud, service)
    parts = [
        [f"{service} runs at {cloud.endpoint}, as it would in AWS:", *_places(cloud, found)],
        ["Call the API:", *_calls(cloud, root, found)],
        ["Send a message and see its processing:", *messages.commands(found)],
        ["Run a schedule's target now:", *runs(cloud, schedules(cloud, found))],
        ["Not deployed, since the emulator doesn't support it:", *_left_out(assembly)],
    ]
    told = ["\n  ".join(part) for part in parts if len(part) > 1]
    return "\n" + "\n\n".join([*told, NEXT])


def _places(cloud: Cloud, found: Sequence[DeployedResource]) -> Iterator[str]:
    for each in found:
        if each.kind in SHOWN:
            where = each.physical_id if each.kind != API else api_url(cloud, each.physical_id)
            yield f"{SHOWN[each.kind]:14} {where}"


def _calls(cloud: Cloud, root: Path, found: Sequence[DeployedResource]) -> Iterator[str]:
    apis = [each.physical_id for each in found if each.kind == API]
    if not apis:
        return
    document = root / DOCUMENT
    if not document.exists():  # before the first `check`
        code, said = process_guard.run(
            [sys.executable, "-m", "aws_service_kit.docs.derive"], folder=root
        )
        if code != 0:
            raise LocalError(said)
    specification = json.loads(document.read_text(encoding="utf-8"))
    for api in apis:
        yield from api_requests(cloud, specification, api_url(cloud, api))


def _left_out(assembly: Path) -> Iterator[str]:
    left_out = json.loads((assembly / LEFT_OUT).read_text(encoding="utf-8"))
    for kind, instead in left_out.items():
        yield f"{kind:38} {instead}"
