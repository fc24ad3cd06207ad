"""What CloudWatch watches, stack by stack, and whom its alarms tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from aws_service_kit.docs.architecture.assembly import Assembly, Resource, Stack
from aws_service_kit.docs.architecture.flows.flow import Flow, Outside, Whole
from aws_service_kit.docs.architecture.words import counted

ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
FUNCTION = "AWS::Lambda::Function"


def flows(assembly: Assembly) -> Iterator[Flow]:
    """Yield an arrow to every stack with functions or alarms, and to what it shows and tells."""
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
    told = Counter(target for alarm in alarms for target in told_by(assembly, alarm))
    for target, count in told.items():
        yield Flow(Outside.CLOUDWATCH, target, "calls", counted(count, "alarm"))


def told_by(assembly: Assembly, alarm: Resource) -> list[Resource]:
    """Give what an alarm tells when it is raised."""
    return assembly.shown_by(alarm.get("AlarmActions"))


def _count(stack: Stack, *types: str) -> int:
    return sum(resource.type in types for resource in stack.resources)
