"""Tell what runs locally, with requests to paste into a shell."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aws_service_kit.local import LEFT_OUT, guard, messages
from aws_service_kit.local.cloud import LocalError
from aws_service_kit.local.examples import api_requests, runs
from aws_service_kit.local.resources import API, api_url, deployed, schedules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.resources import Deployed

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
  python3 dev.py local-logs     follow every function
  python3 dev.py local-deploy   take what you changed
  python3 dev.py local-env      variables that lead the AWS CLI and SDKs here
  python3 dev.py local-stop     end it, and remove what it wrote"""


def describe(cloud: Cloud, root: Path, service: str, assembly: Path) -> str:
    """Say what is deployed, how to try it, and what is missing.

    Args:
        cloud: The emulator.
        root: The project's folder.
        service: The service's name.
        assembly: The folder of what was synthesized.

    Raises:
        LocalError: The API can't be described.
    """
    found = deployed(cloud, service)
    parts = [
        [f"{service} runs at {cloud.endpoint}, as it would in AWS:", *_places(cloud, found)],
        ["Call the API:", *_calls(cloud, root, found)],
        ["Send a message, and see what becomes of it:", *messages.commands(found)],
        ["Do now what a schedule does when it is time:", *runs(cloud, schedules(cloud, found))],
        ["Left out, since the emulator can't make it:", *_left_out(assembly)],
    ]
    told = ["\n  ".join(part) for part in parts if len(part) > 1]
    return "\n" + "\n\n".join([*told, NEXT])


def _places(cloud: Cloud, found: Sequence[Deployed]) -> Iterator[str]:
    for each in found:
        if each.kind in SHOWN:
            where = each.physical_id if each.kind != API else api_url(cloud, each.physical_id)
            yield f"{SHOWN[each.kind]:14} {where}"


def _calls(cloud: Cloud, root: Path, found: Sequence[Deployed]) -> Iterator[str]:
    apis = [each.physical_id for each in found if each.kind == API]
    if not apis:
        return
    document = root / DOCUMENT
    if not document.exists():  # before the first `check`
        code, said = guard.run([sys.executable, "-m", "aws_service_kit.docs.derive"], folder=root)
        if code != 0:
            raise LocalError(said)
    specification = json.loads(document.read_text(encoding="utf-8"))
    for api in apis:
        yield from api_requests(cloud, specification, api_url(cloud, api))


def _left_out(assembly: Path) -> Iterator[str]:
    left_out = json.loads((assembly / LEFT_OUT).read_text(encoding="utf-8"))
    for kind, instead in left_out.items():
        yield f"{kind:38} {instead}"
