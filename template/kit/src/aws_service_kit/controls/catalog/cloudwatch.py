"""CloudWatch (guideline, 6 and 9.3)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from aws_service_kit.controls.control import Control, Judgement, judge, listed
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import Resource, text
from aws_service_kit.controls.evidence.kinds import (
    ALARM,
    API,
    BUS,
    COMPOSITE_ALARM,
    DASHBOARD,
    EVENT_SOURCE,
    FUNCTION,
    GLOBAL_TABLE,
    LOG_GROUP,
    MACHINE,
    QUEUE,
    TABLE,
    TOPIC,
)
from aws_service_kit.controls.evidence.metrics import told, watched
from aws_service_kit.controls.evidence.source import KIT
from aws_service_kit.controls.proofs import proofs

# Which metrics of a kind of resource an alarm must look at.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
ALARMED: Mapping[str, tuple[str, ...]] = {
    API: ("5XXError", "Latency"),
    FUNCTION: ("Errors", "Throttles", "Duration"),
    GLOBAL_TABLE: ("ReadThrottleEvents", "WriteThrottleEvents"),
    MACHINE: ("ExecutionsFailed", "ExecutionsTimedOut"),
    TABLE: ("ReadThrottleEvents", "WriteThrottleEvents"),
}
SHOWN = (API, BUS, FUNCTION, GLOBAL_TABLE, MACHINE, QUEUE, TABLE, TOPIC)
OWN_METRICS = "AWS/"


class JsonLogs(Control):
    """Lambda writes its own lines as JSON too.

    Guideline: 6.1 and 9.3.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
    """

    id = "M1.json"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function."""
        for function in evidence.resources(FUNCTION):
            json = function.get("LoggingConfig", "LogFormat") == "JSON"
            yield judge(function, "" if json else "logs plain text")


class LogLevel(Control):
    """The configured log level counts, and no metric is filtered out as a log line.

    Lambda takes a line without a level, as metrics are (EMF), for INFO, so an `ApplicationLogLevel`
    above that loses metrics and their alarms. Powertools prefers that level to
    `POWERTOOLS_LOG_LEVEL`; so where the latter is higher, the code itself has to leave out what is
    below it, by `logging.disable`.

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
            f"its ApplicationLogLevel {lambdas} wins over {configured}, and no code leaves it out"
        )
    return ""


class BusinessMetrics(Control):
    """The code counts what matters to the business; tests see it.

    By the embedded metric format, which costs no call. Mark the tests with
    `@pytest.mark.guideline("M2")`.

    Guideline: 6.2 and 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
    """

    id = "M2.counted"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the tests."""
        return proofs(evidence, "M2")


class ShownMetrics(Control):
    """Each of the service's own metrics that an alarm looks at is on the dashboard.

    Guideline: 6.2 and 9.3.
    """

    id = "M2.shown"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the metrics of the service's own namespaces."""
        for dashboard in evidence.resources(DASHBOARD):
            body = text(dashboard.get("DashboardBody"))
            metrics = {
                metric.metric
                for metric in watched(evidence.assembly)
                if metric.alarm.environment == dashboard.environment
                and not metric.namespace.startswith(OWN_METRICS)
            }
            for metric in sorted(metrics):
                fault = "" if f'"{metric}"' in body else "isn't on the dashboard"
                yield Judgement("metric", metric, dashboard.environment, fault)


class Alarmed(Control):
    """Whatever can fail has an alarm on how it fails: APIs, functions, tables, workflows, queues.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
    """

    id = "M3.covered"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource of those kinds, and every queue that a function reads by its age."""
        seen = {(owner, item.metric) for item in watched(evidence.assembly) for owner in item.of}
        needed = [(item, ALARMED[item.type]) for item in evidence.resources(*ALARMED)]
        needed += [
            (queue, ("ApproximateAgeOfOldestMessage",))
            for source in evidence.resources(EVENT_SOURCE)
            for queue in evidence.owners(source, "EventSourceArn")
            if queue.type == QUEUE
        ]
        for resource, metrics in needed:
            missing = [name for name in metrics if (resource, name) not in seen]
            yield judge(resource, listed("no alarm on", missing))


class Telling(Control):
    """Every alarm tells somebody, when it begins and when it ends.

    Of a composite alarm that does, the parts needn't.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
    """

    id = "M3.told"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every alarm of a service that has chosen monitoring."""
        if not evidence.chose("monitoring"):
            return
        telling = told(evidence.assembly)
        for alarm in evidence.resources(ALARM, COMPOSITE_ALARM):
            yield judge(alarm, "" if alarm in telling else "tells nobody")


class Dashboards(Control):
    """A dashboard shows every function, queue, topic, table, API, bus and workflow, and the alarms.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
    """

    id = "M4.shown"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge what the dashboards of a service that has chosen monitoring refer to."""
        if not evidence.chose("monitoring"):
            return
        shown: set[Resource] = set()
        for dashboard in evidence.resources(DASHBOARD):
            value = dashboard.get("DashboardBody")
            shown |= {
                *evidence.named(dashboard, value),
                *evidence.assembly.owners(dashboard, value),
            }
        telling = [item for item in evidence.resources(ALARM) if item.get("AlarmActions")]
        for resource in (*evidence.resources(*SHOWN), *telling):
            yield judge(resource, "" if resource in shown else "is on no dashboard")


class KeptLogs(Control):
    """Every log group says how long it keeps its lines.

    Without that it keeps them, and their price, for ever.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/userguide/Working-with-log-groups-and-streams.html
    """

    id = "M5.retention"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every log group."""
        for group in evidence.resources(LOG_GROUP):
            yield judge(group, "" if group.get("RetentionInDays") else "keeps its lines for ever")
