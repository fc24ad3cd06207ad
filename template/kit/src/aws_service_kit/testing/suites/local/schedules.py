"""Targets of schedules accept the schedules' input."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from aws_service_kit.local import logs
from aws_service_kit.local.deployed_resources import schedules
from aws_service_kit.local.example_calls import STATE_MACHINE, scheduled_input
from aws_service_kit.testing.local import eventually

if TYPE_CHECKING:
    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.deployed_resources import DeployedResource

# Messages of the runtime's log lines.
REJECTED = "Event refused"
RESULTS = ("Event processed", REJECTED, "Event failed")


def test_every_schedule_is_understood(cloud: Cloud, resources: list[DeployedResource]) -> None:
    targets = schedules(cloud, resources)
    if not targets:
        pytest.skip("the service has no schedule")
    started = int(time.time() * 1000)
    scheduler = cloud.client("scheduler")
    for name, target in targets.items():
        # A time in the past: the emulator checks its schedules every ten seconds.
        scheduler.create_schedule(
            Name=f"{name}-now",
            ScheduleExpression="at(2026-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target={**target, "Input": scheduled_input(target)},
        )
    for target in targets.values():
        assert understood(cloud, target, started)


def understood(cloud: Cloud, target: dict[str, str], started: int) -> bool:
    """Wait for the end of a scheduled run, and return whether its input was accepted."""
    if STATE_MACHINE in target["Arn"]:
        execution = eventually(lambda: ended(cloud, target["Arn"]))
        return bool(execution["status"] == "SUCCEEDED")
    return bool(eventually(lambda: result_of(cloud, target["Arn"], started)) != REJECTED)


def ended(cloud: Cloud, arn: str) -> dict[str, Any] | None:
    """Return the execution that a schedule started, once it has ended."""
    states = cloud.client("stepfunctions")
    for page in states.get_paginator("list_executions").paginate(stateMachineArn=arn):
        for each in page["executions"]:
            found: dict[str, Any] = states.describe_execution(executionArn=each["executionArn"])
            # Other executions are started by requests, whose ids have no path.
            if "/" in json.loads(found["input"])["id"] and found["status"] != "RUNNING":
                return found
    return None


def result_of(cloud: Cloud, alias: str, started: int) -> str | None:
    """Return the message of a function's log line with the result of an event."""
    name = alias.removesuffix(":live").rpartition(":")[2]
    for _, event in logs.events(cloud, started):
        line = event["message"]
        if line.startswith("{") and name in line:
            message: str = json.loads(line).get("message", "")
            if message in RESULTS:
                return message
    return None
