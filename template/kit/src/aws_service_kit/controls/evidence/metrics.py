"""Which metrics the alarms look at, and of which resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_service_kit.controls.evidence.assembly import Assembly, Resource
from aws_service_kit.controls.evidence.kinds import ALARM, COMPOSITE_ALARM
from aws_service_kit.controls.evidence.values import Value, dig, items


@dataclass(frozen=True)
class Watched:
    """A metric that an alarm looks at.

    Attributes:
        alarm: The alarm.
        namespace: The metric's namespace.
        metric: Its name.
        of: The resources that its dimensions name, functions in place of their aliases.
        statistic: Which statistic of it.
    """

    alarm: Resource
    namespace: str
    metric: str
    of: tuple[Resource, ...]
    statistic: str


def watched(assembly: Assembly) -> list[Watched]:
    """Give the metrics of every alarm."""
    return [
        _watched(assembly, alarm, metric, statistic)
        for alarm in assembly.resources(ALARM)
        for metric, statistic in _metrics(alarm)
    ]


def told(assembly: Assembly) -> set[Resource]:
    """Give the alarms that tell somebody, by themselves or as a part of one that does."""
    speaking = {
        alarm
        for alarm in assembly.resources(ALARM, COMPOSITE_ALARM)
        if alarm.get("AlarmActions") and alarm.get("OKActions")
    }
    parts = {
        part for alarm in speaking for part in assembly.named_by(alarm, alarm.get("AlarmRule"))
    }
    return speaking | parts


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
