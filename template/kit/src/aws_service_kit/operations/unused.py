"""List unused resources of a service and unhandled messages (guideline, 9.4).

`python3 dev.py unused --environment dev` reads with the shell's credentials and changes nothing. A
table outside of all stacks may be unused, or the last copy of its data: people have to decide.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from aws_service_kit.config import ConfigError
from aws_service_kit.operations.deployed import AWS_ERRORS, Deployed, from_arguments
from aws_service_kit.operations.queues import oldest_message_age

FUNCTION_LOGS = "/aws/lambda/"
# Alarms report failed messages immediately. Older messages weren't handled after the alarm.
OLD = timedelta(days=3)


def held(deployed: Deployed) -> set[str]:
    """Return the physical ids of the service's stacks and their resources.

    An id with several parts, such as a rule on a bus (`bus|rule`), is split into its parts.
    """
    ids = set()
    for stack in deployed.stacks():
        ids.add(stack["StackId"])
        for resource in deployed.resources_of(stack):
            ids.update(_ids(resource.physical_id))
    return ids


def left_behind(deployed: Deployed, known: set[str]) -> Iterator[str]:
    """Yield resources with the service's tags that are in none of its stacks.

    Examples: resources that a deleted stack retained, and resources created by hand.

    Args:
        deployed: The service in an environment.
        known: The ids of resources in its stacks.
    """
    for arn in sorted(deployed.arns()):
        if not _is_held(arn, known):
            yield f"`{arn}` is in no stack"


def logs_of_deleted_functions(deployed: Deployed, known: set[str]) -> Iterator[str]:
    """Yield the log groups of deleted functions. Lambda created them, so they have no tags.

    Args:
        deployed: The service in an environment.
        known: The ids of resources in its stacks.
    """
    pages = (
        deployed.client("logs")
        .get_paginator("describe_log_groups")
        .paginate(logGroupNamePrefix=f"{FUNCTION_LOGS}{deployed.service}-{deployed.environment}-")
    )
    for group in (group for page in pages for group in page["logGroups"]):
        name = group["logGroupName"]
        if not _is_held(name, known):
            yield f"`{name}` has no function"


def waiting_messages(deployed: Deployed, now: datetime) -> Iterator[str]:
    """Yield queues, including dead-letter queues, with a message older than some days.

    Args:
        deployed: The service in an environment.
        now: The current time.
    """
    cloudwatch = deployed.client("cloudwatch")
    for arn in sorted(deployed.arns("sqs")):
        name = arn.rpartition(":")[2]
        age = oldest_message_age(cloudwatch, name, now)
        if age >= OLD:
            yield f"`{name}` holds a message that is {age.days} days old"


def main(arguments: Sequence[str]) -> int:
    """Print the findings in an environment.

    Returns:
        1 if the environment can't be read, else 0.
    """
    try:
        deployed = from_arguments(arguments, program="unused", does="List unused resources.")
        known = held(deployed)
        searches: Mapping[str, Callable[[], Iterator[str]]] = {
            "Resources": lambda: left_behind(deployed, known),
            "Logs": lambda: logs_of_deleted_functions(deployed, known),
            "Messages": lambda: waiting_messages(deployed, datetime.now(UTC)),
        }
        found = {title: list(search()) for title, search in searches.items()}
    except (*AWS_ERRORS, ConfigError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"## Unused resources of {deployed.service} in {deployed.environment}\n")
    for title, lines in found.items():
        print(f"{title}:\n")
        print("\n".join(f"- {line}" for line in lines or ["nothing was found"]), end="\n\n")
    return 0


def _ids(physical_id: str) -> set[str]:
    # The physical id of a queue is its URL.
    name = physical_id.rpartition("/")[2] if "://" in physical_id else physical_id
    return {part.lstrip("/") for part in name.split("|") if part}


def _is_held(name: str, known: set[str]) -> bool:
    """Return whether a name or ARN equals or ends in the id of a stack's resource."""
    return name in known or any(name.endswith((f":{each}", f"/{each}")) for each in known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
