"""The deployed service: its stacks and tagged resources in an account and region."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from aws_service_kit.config import ENVIRONMENT_NAMES, EnvironmentName, load
from aws_service_kit.config.resources import LONGEST_TIMEOUT_SECONDS

# Errors of AWS calls: no response, a rejected request, or an invalid response.
AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)

# By default the SDK retries a call after 60 seconds, which would invoke a slow function again.
CONFIGS = {"lambda": Config(read_timeout=LONGEST_TIMEOUT_SECONDS + 10, tcp_keepalive=True)}

# States of resources that a stack lists but no longer contains.
DELETED = {"DELETE_COMPLETE", "DELETE_SKIPPED"}


@dataclass(frozen=True)
class Resource:
    """A resource of a deployed stack.

    Attributes:
        stack: The stack's name.
        logical_id: Its id in the stack's template.
        type: Its CloudFormation type.
        physical_id: Its name, URL or ARN, as CloudFormation's `Ref` returns it.
    """

    stack: str
    logical_id: str
    type: str
    physical_id: str

    @property
    def name(self) -> str:
        """The stack and the logical id, which don't change if the resource is replaced."""
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
        """The tags that identify its stacks and resources."""
        return {"service": self.service, "environment": self.environment}

    def client(self, service: str) -> Any:  # noqa: ANN401 - of any service
        """Return a client of an AWS service in the region, with the shell's credentials."""
        return boto3.client(  # type: ignore[call-overload]
            service, region_name=self.region, config=CONFIGS.get(service)
        )

    def stacks(self) -> Iterator[Mapping[str, Any]]:
        """Yield the descriptions of all stacks with the tags."""
        for page in self.client("cloudformation").get_paginator("describe_stacks").paginate():
            for stack in page["Stacks"]:
                tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
                if self.tags.items() <= tags.items():
                    yield stack

    def resources(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of the service's stacks.

        Args:
            types: CloudFormation types, such as `AWS::Events::Rule`; by default all.
        """
        for stack in self.stacks():
            yield from self.resources_of(stack, *types)

    def resources_of(self, stack: Mapping[str, Any], *types: str) -> Iterator[Resource]:
        """Yield the resources of a stack."""
        pages = (
            self.client("cloudformation")
            .get_paginator("list_stack_resources")
            .paginate(StackName=stack["StackId"])
        )
        for found in (found for page in pages for found in page["StackResourceSummaries"]):
            resource_type = found["ResourceType"]
            if found["ResourceStatus"] not in DELETED and (not types or resource_type in types):
                yield Resource(
                    stack["StackName"],
                    found["LogicalResourceId"],
                    resource_type,
                    found.get("PhysicalResourceId", ""),
                )

    def arns(self, *types: str) -> Iterator[str]:
        """Yield the ARN of every resource with the tags.

        Args:
            types: Types of the Resource Groups Tagging API, such as `lambda:function`; by default
                all.
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
    """Return the service in an environment.

    Args:
        environment: The environment's name.

    Raises:
        ConfigError: The configuration is invalid.
    """
    config = load()
    return Deployed(config.service.name, environment, config.environments[environment].region)


def from_arguments(arguments: Sequence[str], *, program: str, does: str) -> Deployed:
    """Parse the environment from a command line, and return the service in it.

    Args:
        arguments: The command line's.
        program: The task's name.
        does: The task's description, for its help.

    Raises:
        ConfigError: The configuration is invalid.
    """
    parser = argparse.ArgumentParser(prog=f"python3 dev.py {program}", description=does)
    parser.add_argument("--environment", choices=ENVIRONMENT_NAMES, required=True)
    return find(parser.parse_args(arguments).environment)
