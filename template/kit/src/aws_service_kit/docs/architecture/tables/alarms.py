"""The tables of alarms: their conditions and meanings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from aws_service_kit.constructs.runbook import without_link
from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.flows.watching import ALARMS, notified_by
from aws_service_kit.docs.architecture.formatting import duration
from aws_service_kit.docs.architecture.graph import Graph
from aws_service_kit.docs.architecture.markdown import code, table, text
from aws_service_kit.docs.architecture.values import Value, dig, items, number, texts

HEADINGS = ("Alarm", "Raised when", "What it means")

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": "≥",
    "GreaterThanThreshold": ">",
    "LessThanOrEqualToThreshold": "≤",
    "LessThanThreshold": "<",
}


def render(graph: Graph, others: Mapping[str, Assembly]) -> str:
    """Return a table of alarms for each stack, with the topics that they notify.

    Args:
        graph: The service in the document's main environment.
        others: The other environments, with possibly different thresholds.
    """
    parts = [_notifications(graph.assembly)]
    for stack in graph.assembly.stacks:
        alarms = [resource for resource in stack.resources if resource.type in ALARMS]
        rows = [
            (
                code(alarm.name),
                condition(graph.assembly, alarm, others),
                text(without_link(graph.assembly.text(alarm.get("AlarmDescription")))),
            )
            for alarm in alarms
        ]
        if rows:
            parts += [f"### Alarms of {code(stack.name)}", table(HEADINGS, rows)]
    return "\n\n".join(parts)


def _notifications(assembly: Assembly) -> str:
    notified: Counter[str] = Counter()
    silent = 0
    for alarm in assembly.resources(*ALARMS):
        targets = notified_by(assembly, alarm)
        notified.update(target.name for target in targets)
        silent += not targets
    sentences = [f"{count} notify {code(name)}." for name, count in sorted(notified.items())]
    if silent:
        sentences.append(f"{silent} notify no topic directly.")
    return " ".join(sentences) or "There are none."


def condition(assembly: Assembly, alarm: Resource, others: Mapping[str, Assembly]) -> str:
    """Return the condition of an alarm, in Markdown.

    Args:
        assembly: The service in the environment that is shown.
        alarm: The alarm in it.
        others: The other environments, whose thresholds may differ.
    """
    rule = alarm.get("AlarmRule")
    if rule is not None:
        return code(assembly.text(rule))
    comparison = assembly.text(alarm.get("ComparisonOperator"))
    return " ".join(
        [
            _metric(assembly, alarm),
            COMPARISONS.get(comparison, comparison),
            _threshold(alarm, others),
            _time(alarm),
        ]
    )


def _metric(assembly: Assembly, alarm: Resource) -> str:
    """Return the metric's name, or the expression with its metrics."""
    name = alarm.get("MetricName")
    if name is not None:
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
        return f"{code(assembly.text(name))} ({text(assembly.text(statistic))})"
    queries = items(alarm.get("Metrics"))
    names = dict.fromkeys(
        assembly.text(dig(query, "MetricStat", "Metric", "MetricName"))
        for query in queries
        if dig(query, "MetricStat") is not None
    )
    labels = [label for query in queries for label in texts(dig(query, "Label"))]
    return f"{text(labels[0] if labels else 'a value')} ({', '.join(map(code, names))})"


def _threshold(alarm: Resource, others: Mapping[str, Assembly]) -> str:
    here = number(alarm.get("Threshold"))
    different = [
        f"{name}: {there:g}"
        for name, assembly in others.items()
        for twin in assembly.resources(alarm.type)
        if twin == alarm and (there := number(twin.get("Threshold"))) != here
    ]
    return f"{here:g}" + (f" ({', '.join(different)})" if different else "")


def _time(alarm: Resource) -> str:
    periods = number(alarm.get("EvaluationPeriods")) or 1
    needed = number(alarm.get("DatapointsToAlarm")) or periods
    period = number(alarm.get("Period")) or max(
        (_period(query) for query in items(alarm.get("Metrics"))), default=0
    )
    if needed < periods:
        return f"in {needed:g} of {periods:g} times {duration(period)}"
    return f"for {duration(period * periods)}"


def _period(query: Value) -> float:
    return number(dig(query, "MetricStat", "Period")) or number(dig(query, "Period"))
