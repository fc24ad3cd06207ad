"""Observability (guideline, 6 and 9.3)."""

from __future__ import annotations

from collections.abc import Iterable

from aws_service_kit.controls.control import Control, Judgement, judge
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import text
from aws_service_kit.controls.evidence.metrics import watched
from aws_service_kit.controls.evidence.resource_types import (
    ALARM,
    API,
    API_STAGE,
    BUDGET,
    COMPOSITE_ALARM,
    FUNCTION,
    LOG_GROUP,
    SAVED_QUERY,
    STATE_MACHINE,
)
from aws_service_kit.controls.evidence.values import dig, items
from aws_service_kit.controls.item_tests import tests_of_item

TRACED = {
    API_STAGE: (("TracingEnabled",), True),
    FUNCTION: (("TracingConfig", "Mode"), "Active"),
    STATE_MACHINE: (("TracingConfiguration", "Enabled"), True),
}


# Namespaces whose alarms keep their state while values are missing.
IGNORING_MISSING = {"AWS/DynamoDB"}


class Traced(Control):
    """Functions, APIs and workflows send segments to X-Ray.

    Guideline: 9.3. https://docs.aws.amazon.com/xray/latest/devguide/xray-services.html
    """

    id = "O1.traced"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource that X-Ray can trace."""
        for resource in evidence.resources(*TRACED):
            path, value = TRACED[resource.type]
            yield judge(resource, "" if resource.get(*path) == value else "isn't traced")


class Correlated(Control):
    """Tests follow one correlation id through everything that a request triggers.

    A trace ends at a queue; the correlation id in the message's envelope doesn't. Mark the tests
    with `@pytest.mark.guideline("O2")`.

    Guideline: 6.1 and 9.3.
    https://docs.aws.amazon.com/wellarchitected/latest/operational-excellence-pillar/ops_observability_dist_trace.html
    """

    id = "O2.correlated"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the tests."""
        return tests_of_item(evidence, "O2")


class ErrorsFound(Control):
    """A saved query finds the errors in the logs of every function.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_Insights-Saving-Queries.html
    """

    id = "O3.error-query"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function of a service with the monitoring stack."""
        if not evidence.has_stack("monitoring"):
            return
        searched = {
            group
            for query in evidence.resources(SAVED_QUERY)
            if _looks_for_errors(text(query.get("QueryString")))
            for group in evidence.owners(query, "LogGroupNames")
        }
        for function in evidence.resources(FUNCTION):
            groups = evidence.owners(function, "LoggingConfig", "LogGroup")
            found = any(group in searched for group in groups if group.type == LOG_GROUP)
            yield judge(function, "" if found else "no saved query finds its errors")


class SlowestSeen(Control):
    """Latency alarms use a percentile instead of the average.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """

    id = "O4.percentile"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function and API by the statistic of its latency alarm."""
        slowest = {
            owner
            for item in watched(evidence.assembly)
            if item.metric in {"Duration", "Latency"} and item.statistic.startswith("p")
            for owner in item.of
        }
        for resource in evidence.resources(API, FUNCTION):
            yield judge(resource, "" if resource in slowest else "no alarm on a percentile")


class ServiceLevel(Control):
    """Service level objectives have burn rate alarms.

    Guideline: 9.3. https://sre.google/workbook/alerting-on-slos/
    """

    id = "O4.service-level"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge each environment of a service with the monitoring stack by its composite alarms."""
        if not evidence.has_stack("monitoring"):
            return
        has = {item.environment for item in evidence.resources(COMPOSITE_ALARM)}
        for environment in evidence.assembly.environments:
            if any(item.environment == environment for item in evidence.resources(FUNCTION)):
                fault = "" if environment in has else "no composite alarm on an objective"
                yield Judgement("environment", environment, environment, fault)


class CostsSeen(Control):
    """A budget covers the costs of the service and no others.

    Guideline: 7.1 and 9.3.
    https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create-filters.html
    """

    id = "O5.budget"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the budgets of every environment of a service with the finops stack."""
        if not evidence.has_stack("finops"):
            return
        for environment in evidence.assembly.environments:
            budgets = [
                item for item in evidence.resources(BUDGET) if item.environment == environment
            ]
            for budget in budgets:
                filtered = budget.get("Budget", "FilterExpression") or budget.get(
                    "Budget", "CostFilters"
                )
                yield judge(budget, "" if filtered else "covers the whole account")
            if not budgets:
                yield Judgement("environment", environment, environment, "no budget")


class Missing(Control):
    """Every alarm states how it treats missing data.

    A metric of errors has no data while there are no errors. An alarm that treats this as a failure
    is a false alarm.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
    """

    id = "O4.missing-data"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every alarm."""
        for alarm in evidence.resources(ALARM):
            stated = alarm.get("TreatMissingData") is not None
            yield judge(alarm, "" if stated else "doesn't state how it treats missing data")


class Filled(Control):
    """An alarm on a DynamoDB metric uses zero for missing values.

    Alarms on these metrics keep their state while values are missing, regardless of their setting
    for missing data. Errors and throttles have no values while there are none, so the first one
    would keep the alarm on. `filled_sum` of the components adds metrics, each as `FILL(metric, 0)`.

    Guideline: 9.3.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """

    id = "O4.filled"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every alarm on such a metric."""
        for alarm in evidence.resources(ALARM):
            queries = items(alarm.get("Metrics"))
            expressions = " ".join(text(dig(query, "Expression")) for query in queries)
            names = [
                text(dig(query, "Id"))
                for query in queries
                if dig(query, "MetricStat", "Metric", "Namespace") in IGNORING_MISSING
            ]
            filled = expressions.replace(" ", "")
            missing = [name for name in names if f"FILL({name}," not in filled]
            alone = alarm.get("Namespace") in IGNORING_MISSING
            if names or alone:
                yield judge(alarm, "stays on until the next value" if missing or alone else "")


def _looks_for_errors(query: str) -> bool:
    """Return whether a query filters log events by errors."""
    commands = (command.strip().lower() for command in query.split("|"))
    return any(command.startswith("filter") and "error" in command for command in commands)
