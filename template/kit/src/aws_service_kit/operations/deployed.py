"""Where the service is deployed, and what in that account and region carries its tags."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from aws_service_kit.config import ENVIRONMENT_NAMES, EnvironmentName, load

# What a call of AWS raises if it isn't answered, refused, or answered by something else.
AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)

# The states of what a stack doesn't hold any more, though it still lists it.
GONE = {"DELETE_COMPLETE", "DELETE_SKIPPED"}


@dataclass(frozen=True)
class Resource:
    """A resource that a stack of the service holds.

    Attributes:
        stack: The stack's name.
        logical_id: Its id in the stack's template.
        type: Its type in CloudFormation.
        physical_id: Its name, URL or ARN, whichever CloudFormation's `Ref` gives.
    """

    stack: str
    logical_id: str
    type: str
    physical_id: str

    @property
    def name(self) -> str:
        """The stack and the logical id, which a replacement keeps."""
        return f"{self.stack}/{self.logical_id}"


@dataclass(frozen=True)
class Deployed:
    """The service in one environment.

    Attributes:
        service: The service's name, as in the tag `service`.
        environment: The environment's name, as in the tag `environment`.
        region: The AWS region.
    """

    service: str
    environment: str
    region: str

    @property
    def tags(self) -> dict[str, str]:
        """The tags by which its stacks and resources are found."""
        return {"service": self.service, "environment": self.environment}

    def client(self, service: str) -> Any:  # noqa: ANN401 - of any service
        """Make a client of an AWS service in the region, with the shell's credentials."""
        return boto3.client(service, region_name=self.region)  # type: ignore[call-overload]

    def stacks(self) -> Iterator[Mapping[str, Any]]:
        """Yield the descriptions of all stacks with the tags."""
        for page in self.client("cloudformation").get_paginator("describe_stacks").paginate():
            for stack in page["Stacks"]:
                tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
                if self.tags.items() <= tags.items():
                    yield stack

    def resources(self, *types: str) -> Iterator[Resource]:
        """Yield what the service's stacks hold.

        Args:
            types: Types of CloudFormation, such as `AWS::Events::Rule`; all if none.
        """
        for stack in self.stacks():
            yield from self.resources_of(stack, *types)

    def resources_of(self, stack: Mapping[str, Any], *types: str) -> Iterator[Resource]:
        """Yield what one of the stacks holds, by its description."""
        pages = (
            self.client("cloudformation")
            .get_paginator("list_stack_resources")
            .paginate(StackName=stack["StackId"])
        )
        for found in (found for page in pages for found in page["StackResourceSummaries"]):
            kind = found["ResourceType"]
            if found["ResourceStatus"] not in GONE and (not types or kind in types):
                yield Resource(
                    stack["StackName"],
                    found["LogicalResourceId"],
                    kind,
                    found.get("PhysicalResourceId", ""),
                )

    def arns(self, *types: str) -> Iterator[str]:
        """Yield the ARN of every resource with the tags.

        Args:
            types: Types of the Resource Groups Tagging API, such as `lambda:function`; all if none.
        """
        pages = (
            self.client("resourcegroupstaggingapi")
            .get_paginator("get_resources")
            .paginate(
                TagFilters=[{"Key": key, "Values": [value]} for key, value in self.tags.items()],
                ResourceTypeFilters=list(types),
            )
        )
        for page in pages:
            yield from (found["ResourceARN"] for found in page["ResourceTagMappingList"])


def find(environment: EnvironmentName) -> Deployed:
    """Give the service in an environment.

    Args:
        environment: The environment's name.

    Raises:
        ConfigError: The configuration is wrong.
    """
    config = load()
    return Deployed(config.service.name, environment, config.environments[environment].region)


def asked(arguments: Sequence[str], *, program: str, does: str) -> Deployed:
    """Read from a command line which environment is asked for, and find where it is.

    Args:
        arguments: The command line's.
        program: The task's name.
        does: What the task does, for its help.

    Raises:
        ConfigError: The configuration is wrong.
    """
    parser = argparse.ArgumentParser(prog=program, description=does)
    parser.add_argument("--environment", choices=ENVIRONMENT_NAMES, required=True)
    return find(parser.parse_args(arguments).environment)
