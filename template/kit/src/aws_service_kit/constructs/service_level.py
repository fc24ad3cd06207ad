"""Service level objectives: what callers may expect, and who is told when it's at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from aws_service_kit.constructs.alarms import METRICS_OF_AN_ALARM, filled, register
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.deployed_at import deployed_at
from aws_service_kit.constructs.widgets import Widget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_service_kit.constructs.api import RestApi
    from aws_service_kit.constructs.function import ServiceFunction
    from aws_service_kit.constructs.service import Service

    # Percentage of what went wrong, for a window.
    Share = Callable[[Duration], cloudwatch.IMetric]

# An hour at 14.4 times the failures that the objective allows uses up two per cent of a month's.
# The short window ends the alarm soon after the failures end.
# https://sre.google/workbook/alerting-on-slos/ (6: Multiwindow, Multi-Burn-Rate Alerts)
BURN_RATE = 14.4
WINDOWS = {"LastHour": Duration.hours(1), "LastMinutes": Duration.minutes(5)}

# The share of a function takes three metrics.
FUNCTIONS_OF_AN_ALARM = METRICS_OF_AN_ALARM // 3


class ServiceLevels(Construct):
    """The service's objectives, as its configuration has them (guideline, 9.3).

    With an API: the share of requests that don't fail by 5xx, and of those answered in time. With
    functions alone: the share of invocations that neither fail nor count a fault of the service.

    Args:
        service: The environment's service; `service.api` and `service.functions` are complete.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
        alarms = service.environment.alarms
        if service.api is not None:
            ServiceLevel(
                self,
                "Availability",
                service=service,
                objective_percent=alarms.slo_availability_percent,
                promise="requests don't fail by 5xx",
                failures=[failed_requests(service.api)],
            )
            ServiceLevel(
                self,
                "Latency",
                service=service,
                objective_percent=alarms.slo_latency_percent,
                promise=f"requests are answered within {alarms.slo_latency_ms} ms",
                failures=[slow_requests(service.api, limit_ms=alarms.slo_latency_ms)],
            )
        elif service.functions:
            functions = list(enumerate(service.functions))
            ServiceLevel(
                self,
                "Availability",
                service=service,
                objective_percent=alarms.slo_availability_percent,
                promise="invocations succeed",
                failures=[
                    failed_invocations(functions[first : first + FUNCTIONS_OF_AN_ALARM])
                    for first in range(0, len(functions), FUNCTIONS_OF_AN_ALARM)
                ],
            )


class ServiceLevel(Construct):
    """One objective: an alarm when failures would use up the allowed ones within two days.

    Args:
        service: The environment's service.
        objective_percent: How much must go well over a month, in per cent.
        promise: What must go well, to follow the percentage in a sentence.
        failures: Shares of what went wrong; more than one where a single alarm can't sum them up.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: Service,
        objective_percent: float,
        promise: str,
        failures: Sequence[Share],
    ) -> None:
        super().__init__(scope, construct_id)
        self._objective = f"{objective_percent:g} % of {promise}"
        self._limit = round(BURN_RATE * (100 - objective_percent), 4)
        alarm = cloudwatch.CompositeAlarm(
            self,
            "Burn",
            alarm_rule=cloudwatch.AlarmRule.any_of(
                *(self._add_windows(number, share) for number, share in enumerate(failures))
            ),
            alarm_description=(
                f"{construct_id} is at risk: {self._objective} is the objective, and when "
                f"{self._limit:g} % fail, the failures of a month are used up in two days. "
                f"Deployed: {deployed_at(self)}"
            ),
        )
        # CDK makes up a name that another service of the account would have too.
        cfn_resource(alarm, cloudwatch.CfnCompositeAlarm).alarm_name = None
        register(alarm, service=service)
        service.widgets.extend(
            Widget(
                kind="Service levels",
                name=construct_id,
                shows=f"failures in % of {window.to_human_string()}",
                metrics=[share(window) for share in failures],
                limit=self._limit,
            )
            for window in WINDOWS.values()
        )

    def _add_windows(self, number: int, share: Share) -> cloudwatch.IAlarmRule:
        """Watch a share in both windows; by themselves they tell nobody."""
        alarms = [
            cloudwatch.Alarm(
                self,
                f"{name}{number or ''}",
                metric=share(window),
                threshold=self._limit,
                comparison_operator=(
                    cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
                ),
                evaluation_periods=1,
                alarm_description=(
                    f"A part of the alarm on {self._objective}. Deployed: {deployed_at(self)}"
                ),
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            for name, window in WINDOWS.items()
        ]
        return cloudwatch.AlarmRule.all_of(
            *(
                cloudwatch.AlarmRule.from_alarm(alarm, cloudwatch.AlarmState.ALARM)
                for alarm in alarms
            )
        )


def failed_requests(api: RestApi) -> Share:
    """Give the percentage of an API's requests that it answers by 5xx."""

    def share(window: Duration) -> cloudwatch.IMetric:
        # The average of these zeros and ones is the share.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
        errors = api.api.deployment_stage.metric_server_error(statistic="Average")
        return _percentage("100 * errors", {"errors": errors}, window)

    return share


def slow_requests(api: RestApi, *, limit_ms: int) -> Share:
    """Give the percentage of an API's requests that take longer than a number of milliseconds."""

    def share(window: Duration) -> cloudwatch.IMetric:
        in_time = cloudwatch.Stats.percentile_rank(limit_ms)
        latency = api.api.deployment_stage.metric_latency(statistic=in_time)
        return _percentage("100 - in_time", {"in_time": latency}, window)

    return share


def failed_invocations(functions: Sequence[tuple[int, ServiceFunction]]) -> Share:
    """Give the percentage of functions' invocations that raise an error or count a fault.

    An event's function does both, a queue's consumer counts only: hence the larger of the two.

    Args:
        functions: Each with a number of its own.
    """
    # Faults have a value only where there are any.
    failed = ", ".join(
        f"MAX([{filled(f'errors{number}')}, {filled(f'faults{number}')}])"
        for number, _ in functions
    )
    invoked = ", ".join(f"invocations{number}" for number, _ in functions)

    def share(window: Duration) -> cloudwatch.IMetric:
        metrics: dict[str, cloudwatch.IMetric] = {}
        for number, function in functions:
            metrics[f"errors{number}"] = function.function.metric_errors()
            metrics[f"faults{number}"] = function.metric_faults()
            metrics[f"invocations{number}"] = function.function.metric_invocations()
        return _percentage(f"100 * SUM([{failed}]) / SUM([{invoked}])", metrics, window)

    return share


def _percentage(
    expression: str, metrics: dict[str, cloudwatch.IMetric], window: Duration
) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=expression, using_metrics=metrics, period=window, label="% that fail"
    )
