"""List what the service has left in an account, and what nobody looks after (guideline, 9.4).

`python3 dev.py unused --environment dev` reads with the credentials of the shell, and changes
nothing: whether a table that no stack holds is a leftover or the last copy, only people know.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from aws_service_kit.config import ConfigError
from aws_service_kit.operations.deployed import AWS_ERRORS, Deployed, asked

LAMBDAS_GROUPS = "/aws/lambda/"
# Alarms tell of dead letters at once; after days nobody has taken care of them.
OLD = timedelta(days=3)


def held(deployed: Deployed) -> set[str]:
    """Give the physical ids of what the service's stacks hold, and of the stacks.

    What has an id of several parts, such as a rule on a bus (`bus|rule`), is there by each of them.
    """
    ids = set()
    for stack in deployed.stacks():
        ids.add(stack["StackId"])
        for resource in deployed.resources_of(stack):
            ids.update(_ids(resource.physical_id))
    return ids


def left_behind(deployed: Deployed, known: set[str]) -> Iterator[str]:
    """Yield what carries the service's tags and is in none of its stacks.

    Such as what a stack retained when it was deleted, or what was made by hand.

    Args:
        deployed: The service in an environment.
        known: The ids of what its stacks hold.
    """
    for arn in sorted(deployed.arns()):
        if not _is_held(arn, known):
            yield f"`{arn}` is in no stack"


def silent_logs(deployed: Deployed, known: set[str]) -> Iterator[str]:
    """Yield the log groups that Lambda made, without tags, for functions that are gone.

    Args:
        deployed: The service in an environment.
        known: The ids of what its stacks hold.
    """
    pages = (
        deployed.client("logs")
        .get_paginator("describe_log_groups")
        .paginate(logGroupNamePrefix=f"{LAMBDAS_GROUPS}{deployed.service}-{deployed.environment}-")
    )
    for group in (group for page in pages for group in page["logGroups"]):
        name = group["logGroupName"]
        if not _is_held(name, known):
            yield f"`{name}` has no function"


def waiting_messages(deployed: Deployed, now: datetime) -> Iterator[str]:
    """Yield the queues, dead letter queues among them, in which a message has waited for days.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html

    Args:
        deployed: The service in an environment.
        now: When it is asked.
    """
    cloudwatch = deployed.client("cloudwatch")
    for arn in sorted(deployed.arns("sqs")):
        name = arn.rpartition(":")[2]
        hour = cloudwatch.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName="ApproximateAgeOfOldestMessage",
            Dimensions=[{"Name": "QueueName", "Value": name}],
            StartTime=now - timedelta(hours=1),
            EndTime=now,
            Period=3600,
            Statistics=["Maximum"],
        )["Datapoints"]
        age = timedelta(seconds=max((point["Maximum"] for point in hour), default=0.0))
        if age >= OLD:
            yield f"`{name}` holds a message that is {age.days} days old"


def main(arguments: Sequence[str]) -> int:
    """Print what was found in an environment.

    Returns:
        1 if it couldn't be looked at, else 0.
    """
    try:
        deployed = asked(arguments, program="unused", does="List what the service left behind.")
        known = held(deployed)
        searches: Mapping[str, Callable[[], Iterator[str]]] = {
            "Resources": lambda: left_behind(deployed, known),
            "Logs": lambda: silent_logs(deployed, known),
            "Messages": lambda: waiting_messages(deployed, datetime.now(UTC)),
        }
        found = {title: list(search()) for title, search in searches.items()}
    except (*AWS_ERRORS, ConfigError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"## What nobody uses of {deployed.service} in {deployed.environment}\n")
    for title, lines in found.items():
        print(f"{title}:\n")
        print("\n".join(f"- {line}" for line in lines or ["nothing was found"]), end="\n\n")
    return 0


def _ids(physical_id: str) -> set[str]:
    # A queue's id is its URL.
    name = physical_id.rpartition("/")[2] if "://" in physical_id else physical_id
    return {part.lstrip("/") for part in name.split("|") if part}


def _is_held(name: str, known: set[str]) -> bool:
    """Tell whether a name or an ARN is, or ends in, the id of something that a stack holds."""
    return name in known or any(name.endswith((f":{each}", f"/{each}")) for each in known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
