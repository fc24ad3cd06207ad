"""Find what is deployed in the emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aws_service_kit.local.cloud import Cloud

STAGE = "v1"
API = "AWS::ApiGateway::RestApi"
SCHEDULE = "AWS::Scheduler::Schedule"


@dataclass(frozen=True)
class Deployed:
    """A resource in the emulator.

    Attributes:
        stack: The stack's domain, such as `api`.
        logical_id: Its name in the template.
        kind: Its type in CloudFormation.
        physical_id: Its name or ARN in the emulator, whichever CloudFormation's `Ref` gives.
    """

    stack: str
    logical_id: str
    kind: str
    physical_id: str


def deployed(cloud: Cloud, service: str) -> list[Deployed]:
    """List all resources of a service's local environment, by stack and logical id."""
    return sorted(
        _resources(cloud, f"{service}-local-"), key=lambda each: (each.stack, each.logical_id)
    )


def _resources(cloud: Cloud, prefix: str) -> Iterator[Deployed]:
    formation = cloud.client("cloudformation")
    for page in formation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            if not stack["StackName"].startswith(prefix):
                continue
            answer = formation.describe_stack_resources(StackName=stack["StackName"])
            for resource in answer["StackResources"]:
                yield Deployed(
                    stack["StackName"].removeprefix(prefix),
                    resource["LogicalResourceId"],
                    resource["ResourceType"],
                    resource["PhysicalResourceId"],
                )


def schedules(cloud: Cloud, found: Iterable[Deployed]) -> dict[str, dict[str, str]]:
    """Give what each schedule calls, by logical id: `Arn`, `Input` and more, as Scheduler says."""
    scheduler = cloud.client("scheduler")
    return {
        each.logical_id: scheduler.get_schedule(Name=each.physical_id)["Target"]
        for each in found
        if each.kind == SCHEDULE
    }


def host(cloud: Cloud, api_id: str) -> str:
    """Give the host name of a REST API; `localhost` and what is below it is this machine."""
    return f"{api_id}.execute-api.localhost:{cloud.port}"


def api_url(cloud: Cloud, api_id: str) -> str:
    """Give the address of a REST API."""
    return f"{cloud.scheme}://{host(cloud, api_id)}/{STAGE}"
