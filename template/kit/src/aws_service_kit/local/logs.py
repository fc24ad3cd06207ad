"""Follow the logs of all functions at once."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_service_kit.local.cloud import Cloud

SECONDS_BETWEEN_LOOKS = 0.5
# A function that starts cold, behind a queue; then from one function to the next.
SECONDS_TO_BEGIN = 30
SECONDS_TO_GO_ON = 4
# What CloudFormation makes of the id `Logs` in a function's construct.
SUFFIX = re.compile(r"Logs[0-9A-F]{8}$")
# How many events an answer has at the most (CloudWatch Logs API Reference, `FilterLogEvents`).
MOST = 10_000


def follow(cloud: Cloud) -> None:
    """Print every line that a function writes from now on, until Ctrl-C."""
    since = int(time.time() * 1000)
    print("Following every function; Ctrl-C ends it.", flush=True)
    for found in _news(cloud, since):
        for group, line in found:
            print(f"{writer(group)}  {line.rstrip()}", flush=True)


def trail(cloud: Cloud, since: int, correlation_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give who wrote what under a correlation id, until nothing more comes.

    Args:
        cloud: The emulator.
        since: From when on, in milliseconds of the epoch.
        correlation_id: Of what was sent.
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
    """Look again and again, and give each time the log groups and lines that are new."""
    seen: set[tuple[object, ...]] = set()
    while True:
        found = list(events(cloud, since))
        # The emulator gives events no id.
        keys = [(group, *sorted(event.items())) for group, event in found]
        yield [
            (group, event["message"])
            for key, (group, event) in zip(keys, found, strict=True)
            if key not in seen
        ]
        seen.update(keys)
        time.sleep(SECONDS_BETWEEN_LOOKS)


def events(cloud: Cloud, since: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the log groups and events since a time, in milliseconds of the epoch, in their order."""
    logs = cloud.client("logs")
    found = [
        (group["logGroupName"], event)
        for groups in logs.get_paginator("describe_log_groups").paginate()
        for group in groups["logGroups"]
        for event in _events_of(logs, group["logGroupName"], since)
    ]
    yield from sorted(found, key=lambda each: each[1]["timestamp"])


def _events_of(logs: Any, group: str, since: int) -> Iterator[dict[str, Any]]:  # noqa: ANN401 (a client)
    """Give a group's events: the emulator gives the oldest of them, and no token for the rest."""
    while (
        len(events := logs.filter_log_events(logGroupName=group, startTime=since)["events"]) == MOST
    ):
        last = events[-1]["timestamp"]
        yield from (event for event in events if event["timestamp"] < last)
        since = last
    yield from events
