"""The metrics and resources that alarms watch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_service_kit.controls.evidence.assembly import Assembly, Resource
from aws_service_kit.controls.evidence.resource_types import ALARM, COMPOSITE_ALARM
from aws_service_kit.controls.evidence.values import Value, dig, items


@dataclass(frozen=True)
class Watched:
    """A metric that an alarm watches.

    Attributes:
        alarm: The alarm.
        namespace: The metric's namespace.
        metric: The metric's name.
        of: The resources in its dimensions, with functions instead of their aliases.
        statistic: The statistic.
    """

    alarm: Resource
    namespace: str
    metric: str
    of: tuple[Resource, ...]
    statistic: str


def watched(assembly: Assembly) -> list[Watched]:
    """Return the metrics of every alarm."""
    return [
        _watched(assembly, alarm, metric, statistic)
        for alarm in assembly.resources(ALARM)
        for metric, statistic in _metrics(alarm)
    ]


def notifying(assembly: Assembly) -> set[Resource]:
    """Return the alarms with actions, and the parts of composite alarms with actions."""
    with_actions = {
        alarm
        for alarm in assembly.resources(ALARM, COMPOSITE_ALARM)
        if alarm.get("AlarmActions") and alarm.get("OKActions")
    }
    parts = {
        part for alarm in with_actions for part in assembly.named_by(alarm, alarm.get("AlarmRule"))
    }
    return with_actions | parts


def _metrics(alarm: Resource) -> Iterator[tuple[Value, Value]]:
    if alarm.get("MetricName") is not None:
        yield dict(alarm.properties), alarm.get("ExtendedStatistic") or alarm.get("Statistic")
    for query in items(alarm.get("Metrics")):
        metric = dig(query, "MetricStat", "Metric")
        if metric is not None:
            yield metric, dig(query, "MetricStat", "Stat")


def _watched(assembly: Assembly, alarm: Resource, metric: Value, statistic: Value) -> Watched:
    dimensions = [dig(dimension, "Value") for dimension in items(dig(metric, "Dimensions"))]
    return Watched(
        alarm=alarm,
        namespace=str(dig(metric, "Namespace")),
        metric=str(dig(metric, "MetricName")),
        of=tuple(assembly.owners(alarm, dimensions)),
        statistic=str(statistic),
    )
