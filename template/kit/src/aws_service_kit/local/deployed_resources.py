"""The resources that are deployed in the emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_service_kit.runtime.former_names import names_renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aws_service_kit.local.cloud import Cloud

STAGE = "v1"
API = "AWS::ApiGateway::RestApi"
SCHEDULE = "AWS::Scheduler::Schedule"


@dataclass(frozen=True)
class DeployedResource:
    """A resource in the emulator.

    Attributes:
        stack: The stack's domain, such as `api`.
        logical_id: Its logical id.
        kind: Its CloudFormation type.
        physical_id: Its name or ARN in the emulator, as CloudFormation's `Ref` returns it.
    """

    stack: str
    logical_id: str
    kind: str
    physical_id: str


def deployed(cloud: Cloud, service: str) -> list[DeployedResource]:
    """Return all resources of a service's local environment, by stack and logical id."""
    return sorted(
        _resources(cloud, f"{service}-local-"), key=lambda each: (each.stack, each.logical_id)
    )


def _resources(cloud: Cloud, prefix: str) -> Iterator[DeployedResource]:
    formation = cloud.client("cloudformation")
    for page in formation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            if not stack["StackName"].startswith(prefix):
                continue
            response = formation.describe_stack_resources(StackName=stack["StackName"])
            for resource in response["StackResources"]:
                yield DeployedResource(
                    stack["StackName"].removeprefix(prefix),
                    resource["LogicalResourceId"],
                    resource["ResourceType"],
                    resource["PhysicalResourceId"],
                )


def find_resource(
    found: Iterable[DeployedResource], stack: str, kind: str, logical_id: str = ""
) -> DeployedResource:
    """Return a resource of a stack.

    Args:
        found: The deployed resources.
        stack: The stack's domain.
        kind: The CloudFormation type.
        logical_id: The logical id; optional if the stack has only one resource of the type.

    Raises:
        LookupError: There is none, or there are several; the message has their logical ids.
    """
    there = {each.logical_id: each for each in found if (each.stack, each.kind) == (stack, kind)}
    if logical_id in there:
        return there[logical_id]
    if len(there) == 1 and not logical_id:
        return next(iter(there.values()))
    listed = ", ".join(there) or "none"
    if logical_id or not there:
        raise LookupError(f"the stack {stack} has no {kind} {logical_id}: it has {listed}")
    raise LookupError(f"the stack {stack} has several {kind}: name one of {listed}")


def schedules(cloud: Cloud, found: Iterable[DeployedResource]) -> dict[str, dict[str, str]]:
    """Return the target of each schedule by logical id: `Arn`, `Input` and further keys."""
    scheduler = cloud.client("scheduler")
    return {
        each.logical_id: scheduler.get_schedule(Name=each.physical_id)["Target"]
        for each in found
        if each.kind == SCHEDULE
    }


def host(cloud: Cloud, api_id: str) -> str:
    """Return the host name of a REST API; `localhost` and its subdomains are this computer."""
    return f"{api_id}.execute-api.localhost:{cloud.port}"


def api_url(cloud: Cloud, api_id: str) -> str:
    """Return the URL of a REST API."""
    return f"{cloud.scheme}://{host(cloud, api_id)}/{STAGE}"


if TYPE_CHECKING:
    Deployed = DeployedResource
else:
    __getattr__ = names_renamed(__name__, Deployed="DeployedResource")
