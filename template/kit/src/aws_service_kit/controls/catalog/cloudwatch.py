"""CloudWatch (guideline, 6 and 9.3)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from aws_service_kit.controls.control import Control, Judgement, judge, judge_each
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import Resource, text
from aws_service_kit.controls.evidence.configuration import configured, place_of
from aws_service_kit.controls.evidence.metrics import notifying, watched
from aws_service_kit.controls.evidence.resource_types import (
    ALARM,
    API,
    BUS,
    COMPOSITE_ALARM,
    DASHBOARD,
    EVENT_SOURCE,
    FUNCTION,
    GLOBAL_TABLE,
    LOG_GROUP,
    QUEUE,
    STATE_MACHINE,
    TABLE,
    TOPIC,
)
from aws_service_kit.controls.evidence.source import KIT
from aws_service_kit.controls.evidence.values import number
from aws_service_kit.controls.item_tests import tests_of_item
from aws_service_kit.controls.organisation import ORGANISATION

# The metrics of each resource type that need an alarm.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
ALARMED: Mapping[str, tuple[str, ...]] = {
    API: ("5XXError", "Latency"),
    FUNCTION: ("Errors", "Throttles", "Duration"),
    GLOBAL_TABLE: ("ReadThrottleEvents", "WriteThrottleEvents"),
    STATE_MACHINE: ("ExecutionsFailed", "ExecutionsTimedOut"),
    TABLE: ("ReadThrottleEvents", "WriteThrottleEvents"),
}
SHOWN = (API, BUS, FUNCTION, GLOBAL_TABLE, STATE_MACHINE, QUEUE, TABLE, TOPIC)
TABLES = {GLOBAL_TABLE, TABLE}
AWS_METRICS = "AWS/"


class JsonLogs(Control):
    """Lambda writes its platform logs as JSON.

    Guideline: 6.1 and 9.3.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
    """

    id = "M1.json"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function."""
        for function in evidence.resources(FUNCTION):
            json = function.get("LoggingConfig", "LogFormat") == "JSON"
            yield judge(function, "" if json else "logs in plain text")


class LogLevel(Control):
    """The configured log level is effective, and no metric is filtered out as a log line.

    Lambda treats a line without a level as INFO, and metrics (EMF) are such lines. A higher
    `ApplicationLogLevel` drops metrics, and alarms on them fail. Powertools prefers that level to
    `POWERTOOLS_LOG_LEVEL`. If the latter is higher, the code must drop lower levels itself, with
    `logging.disable`.

    Guideline: 6.1, 6.2 and 9.3.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    """

    id = "M1.level"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function with JSON logs whose code uses Powertools."""
        source = evidence.source
        code = (*source.below(), *source.below(f"{KIT}/runtime"))
        filtered = any("logging.disable(" in source.text(path) for path in code)
        for function in evidence.resources(FUNCTION):
            configured = function.get("Environment", "Variables", "POWERTOOLS_LOG_LEVEL")
            if function.get("LoggingConfig", "LogFormat") != "JSON" or configured is None:
                continue
            lambdas = function.get("LoggingConfig", "ApplicationLogLevel") or "INFO"
            yield judge(function, _level_fault(str(lambdas), str(configured), filtered=filtered))


def _level_fault(lambdas: str, configured: str, *, filtered: bool) -> str:
    known = logging.getLevelNamesMapping()
    level, wanted = known.get(lambdas, logging.NOTSET), known.get(configured, logging.NOTSET)
    if level > logging.INFO:
        return f"its ApplicationLogLevel {lambdas} drops metrics"
    if level > wanted:
        return f"its ApplicationLogLevel {lambdas} drops lines of the level {configured}"
    if level < wanted and not filtered:
        return (
            f"its ApplicationLogLevel {lambdas} overrides {configured}, and no code drops the lines"
        )
    return ""


class BusinessMetrics(Control):
    """The code emits business metrics, and tests verify them.

    The embedded metric format needs no API call. Mark the tests with
    `@pytest.mark.guideline("M2")`.

    Guideline: 6.2 and 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
    """

    id = "M2.counted"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the tests."""
        return tests_of_item(evidence, "M2")


class ShownMetrics(Control):
    """Every custom metric with an alarm is on the dashboard.

    Guideline: 6.2 and 9.3.
    """

    id = "M2.shown"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the metrics in the service's namespaces."""
        for dashboard in evidence.resources(DASHBOARD):
            body = text(dashboard.get("DashboardBody"))
            metrics = {
                metric.metric
                for metric in watched(evidence.assembly)
                if metric.alarm.environment == dashboard.environment
                and not metric.namespace.startswith(AWS_METRICS)
            }
            for metric in sorted(metrics):
                fault = "" if f'"{metric}"' in body else "isn't on the dashboard"
                yield Judgement("metric", metric, dashboard.environment, fault)


class Alarmed(Control):
    """APIs, functions, tables, workflows and queues have alarms on their failures.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
    """

    id = "M3.covered"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource of those types, and the age of messages and changes.

        Queues and streams keep unprocessed messages and changes, and delete them at an age.
        """
        seen = {(owner, item.metric) for item in watched(evidence.assembly) for owner in item.of}
        needed = [(item, ALARMED[item.type]) for item in evidence.resources(*ALARMED)]
        needed += [
            (queue, ("ApproximateAgeOfOldestMessage",))
            for source in evidence.resources(EVENT_SOURCE)
            for queue in evidence.owners(source, "EventSourceArn")
            if queue.type == QUEUE
        ]
        needed += [
            (function, ("IteratorAge",))
            for source in evidence.resources(EVENT_SOURCE)
            if any(table.type in TABLES for table in evidence.owners(source, "EventSourceArn"))
            for function in evidence.owners(source, "FunctionName")
        ]
        for resource, metrics in needed:
            missing = [name for name in metrics if (resource, name) not in seen]
            yield from judge_each(judge(resource), "no alarm on", missing)


class Notifying(Control):
    """Every alarm sends a notification when it starts and when it ends.

    The parts of a composite alarm with notifications need none.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
    """

    id = "M3.told"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every alarm of a service with the monitoring stack."""
        if not evidence.has_stack("monitoring"):
            return
        with_notification = notifying(evidence.assembly)
        for alarm in evidence.resources(ALARM, COMPOSITE_ALARM):
            yield judge(alarm, "" if alarm in with_notification else "notifies no one")


class Dashboards(Control):
    """A dashboard shows every function, queue, topic, table, API, bus and workflow, and the alarms.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
    """

    id = "M4.shown"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the dashboards of a service with the monitoring stack."""
        if not evidence.has_stack("monitoring"):
            return
        shown: set[Resource] = set()
        for dashboard in evidence.resources(DASHBOARD):
            value = dashboard.get("DashboardBody")
            shown |= {
                *evidence.named(dashboard, value),
                *evidence.assembly.owners(dashboard, value),
            }
        alarms = [item for item in evidence.resources(ALARM) if item.get("AlarmActions")]
        for resource in (*evidence.resources(*SHOWN), *alarms):
            yield judge(resource, "" if resource in shown else "is on no dashboard")


class KeptLogs(Control):
    """Every log group has a retention.

    Without one it keeps its events, and their cost, forever.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/userguide/Working-with-log-groups-and-streams.html
    """

    id = "M5.retention"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every log group."""
        for group in evidence.resources(LOG_GROUP):
            yield judge(group, "" if group.get("RetentionInDays") else "keeps its events forever")


class MinimumRetention(Control):
    """Log groups have at least the organisation's minimum retention.

    An investigation may begin weeks after an incident. `minimum_log_retention_days` in
    `aws_service_kit/controls/organisation.toml` has the minimum of each environment. Increase
    `log_retention_days` in infrastructure/config/team.toml.

    Guideline: 9.3.
    https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_detect_investigate_events_app_service_logging.html
    """

    id = "M5.minimum"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the log groups of every environment that has a minimum, together."""
        for environment, minimum in ORGANISATION.minimum_log_retention_days.items():
            days = {
                group.name: int(number(group.get("RetentionInDays")))
                for group in evidence.resources(LOG_GROUP)
                if group.environment == environment
            }
            if days:
                short = {name: kept for name, kept in days.items() if 0 < kept < minimum}
                yield from _short_retention(evidence, environment, short, minimum)


def _short_retention(
    evidence: Evidence, environment: str, short: Mapping[str, int], minimum: int
) -> Iterator[Judgement]:
    """Judge an environment by its setting, and by the log groups with another retention."""
    path = ("environments", environment, "log_retention_days")
    setting = configured(evidence.source, *path)
    fault = ""
    if setting in short.values():
        place = place_of(evidence.source, *path)
        required = f"the organisation requires {minimum}"
        fault = f"log_retention_days is {setting} ({place}) and {required}: raise it, or waive it"
    judgement = Judgement("environment", environment, fault=fault)
    if fault or all(kept == setting for kept in short.values()):
        yield judgement
    for name, kept in sorted(short.items()):
        if kept != setting:
            fault = f"keeps its lines for {kept} days, and the organisation requires {minimum}"
            yield replace(judgement, fault=fault, finding=name)
