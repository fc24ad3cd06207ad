# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Follow the logs of all functions at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tooling.local.cloud import Cloud

SECONDS_BETWEEN_LOOKS = 0.5
# How many events an answer has at the most (CloudWatch Logs API Reference, `FilterLogEvents`).
MOST = 10_000


def follow(cloud: Cloud) -> None:
    """Print every line that a function writes from now on, until Ctrl-C."""
    since = int(time.time() * 1000)
    seen: set[tuple[object, ...]] = set()
    print("Following every function; Ctrl-C ends it.", flush=True)
    while True:
        for group, event in events(cloud, since):
            # The emulator gives events no id.
            key = (group, event["logStreamName"], event["timestamp"], event["message"])
            if key not in seen:
                seen.add(key)
                print(f"{group.rpartition('/')[2]}  {event['message'].rstrip()}", flush=True)
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
