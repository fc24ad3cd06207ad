# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Where the service is deployed, and what in that account and region carries its tags."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from infrastructure.config import ENVIRONMENT_NAMES, load

# What a call of AWS raises if it isn't answered, refused, or answered by something else.
AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)


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
    name = parser.parse_args(arguments).environment
    config = load()
    return Deployed(config.service.name, name, config.environments[name].region)
