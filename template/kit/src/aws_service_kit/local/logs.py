"""Follow the logs of all functions."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

import aws_service_kit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_service_kit.local.cloud import Cloud

SECONDS_BETWEEN_LOOKS = 0.5
# Maximum delays in seconds: of the first line, after a queue and a cold start; and of the next one.
SECONDS_TO_BEGIN = 30
SECONDS_TO_GO_ON = 4
SECONDS_BEFORE = 60
KIT = Path(aws_service_kit.__file__).parent
# The path of a deployed function's file: in Lambda's folder, or in the emulator's copy.
DEPLOYED = re.compile(
    rf"(?:/var/task|[^\s\"]*/ministack-lambda-[^/\s\"]+/code)/(?P<package>service|{KIT.name})/"
)
# The logical id of the construct `Logs` of a function.
SUFFIX = re.compile(r"Logs[0-9A-F]{8}$")
# Maximum events in a response (CloudWatch Logs API Reference, `FilterLogEvents`).
MOST = 10_000


def follow(cloud: Cloud, root: Path) -> None:
    """Print the log lines of all functions since a minute ago, until Ctrl-C.

    Args:
        cloud: The emulator.
        root: The project's folder.
    """
    since = int((time.time() - SECONDS_BEFORE) * 1000)
    print("The logs of all functions since a minute ago. Press Ctrl-C to stop.", flush=True)
    try:
        for found in _news(cloud, since):
            for group, line in found:
                print(f"{writer(group)}  {in_source(line.rstrip(), root)}", flush=True)
    except BotoCoreError:
        print("The service was stopped.")


def in_source(line: str, root: Path) -> str:
    """Return a log line in which paths of a deployed function are replaced by those of the source.

    Args:
        line: The line, such as one of a traceback.
        root: The project's folder, to which the paths are relative.
    """
    folders = {"service": "src", KIT.name: os.path.relpath(KIT.parent, root)}
    return DEPLOYED.sub(lambda found: f"{folders[found['package']]}/{found['package']}/", line)


def trail(cloud: Cloud, since: int, correlation_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the log lines with a correlation id, each with its function, until no more follow.

    Args:
        cloud: The emulator.
        since: The start, in milliseconds since the epoch.
        correlation_id: The correlation id of the request or message.
    """
    until = time.monotonic() + SECONDS_TO_BEGIN
    for found in _news(cloud, since):
        for group, text in found:
            line = json.loads(text) if text.startswith("{") else {}
            if line.get("correlation_id") == correlation_id:
                until = time.monotonic() + SECONDS_TO_GO_ON
                yield writer(group), line
        if time.monotonic() > until:
            return


def writer(group: str) -> str:
    """Return the name of the function that writes to a log group."""
    return SUFFIX.sub("", group.rpartition("/")[2])


def _news(cloud: Cloud, since: int) -> Iterator[list[tuple[str, str]]]:
    """Poll the logs, and yield the new lines with their log groups."""
    seen: set[tuple[object, ...]] = set()
    while True:
        found = list(events(cloud, since))
        # The emulator's events have no id.
        keys = [(group, *sorted(event.items())) for group, event in found]
        yield [
            (group, event["message"])
            for key, (group, event) in zip(keys, found, strict=True)
            if key not in seen
        ]
        seen.update(keys)
        time.sleep(SECONDS_BETWEEN_LOOKS)


def events(cloud: Cloud, since: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the log groups and events since a time in milliseconds since the epoch, in order."""
    logs = cloud.client("logs")
    found = [
        (group["logGroupName"], event)
        for groups in logs.get_paginator("describe_log_groups").paginate()
        for group in groups["logGroups"]
        for event in _events_of(logs, group["logGroupName"], since)
    ]
    yield from sorted(found, key=lambda each: each[1]["timestamp"])


def _events_of(logs: Any, group: str, since: int) -> Iterator[dict[str, Any]]:  # noqa: ANN401 (a client)
    """Return a group's events; the emulator returns the oldest ones, and no token for the rest."""
    while (
        len(events := logs.filter_log_events(logGroupName=group, startTime=since)["events"]) == MOST
    ):
        last = events[-1]["timestamp"]
        yield from (event for event in events if event["timestamp"] < last)
        since = last
    yield from events
