"""Flows of monitoring: from CloudWatch to stacks and dashboards, and from alarms to topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from aws_service_kit.docs.architecture.assembly import Assembly, Resource, Stack
from aws_service_kit.docs.architecture.flows.flow import Flow, Outside, Whole
from aws_service_kit.docs.architecture.formatting import counted

ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
FUNCTION = "AWS::Lambda::Function"


def flows(assembly: Assembly) -> Iterator[Flow]:
    """Yield flows to every stack with functions or alarms, to dashboards and to topics."""
    for stack in assembly.stacks:
        count = _count(stack, *ALARMS)
        found = [
            *(["logs"] if _count(stack, FUNCTION) else []),
            *([counted(count, "alarm")] if count else []),
        ]
        if found:
            yield Flow(Outside.CLOUDWATCH, Whole(stack.name), "watches", " and ".join(found))
    alarms = assembly.resources(*ALARMS)
    for dashboard in assembly.resources("AWS::CloudWatch::Dashboard"):
        yield Flow(Outside.CLOUDWATCH, dashboard, "calls", "shows")
    notified = Counter(target for alarm in alarms for target in notified_by(assembly, alarm))
    for target, count in notified.items():
        yield Flow(Outside.CLOUDWATCH, target, "calls", counted(count, "alarm"))


def notified_by(assembly: Assembly, alarm: Resource) -> list[Resource]:
    """Return the targets of an alarm's notifications."""
    return assembly.shown_by(alarm.get("AlarmActions"))


def _count(stack: Stack, *types: str) -> int:
    return sum(resource.type in types for resource in stack.resources)
