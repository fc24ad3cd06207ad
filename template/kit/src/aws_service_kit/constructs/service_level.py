"""Service level objectives (SLOs) and their burn-rate alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from aws_service_kit.constructs.alarms import METRICS_OF_AN_ALARM, filled, link_runbook, register
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.deployed_at import deployed_at
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.widgets import Widget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former, MonitoredFunction, RoutedApi

    # A metric of the share of failures in a window, in per cent.
    Share = Callable[[Duration], cloudwatch.IMetric]

# A burn rate of 14.4 for an hour uses up two per cent of a month's error budget. The short window
# ends the alarm soon after the failures end.
# https://sre.google/workbook/alerting-on-slos/ (6: Multiwindow, Multi-Burn-Rate Alerts)
BURN_RATE = 14.4
WINDOWS = {"LastHour": Duration.hours(1), "LastMinutes": Duration.minutes(5)}

# Each function needs three metrics of an alarm's maximum.
FUNCTIONS_OF_AN_ALARM = METRICS_OF_AN_ALARM // 3


class ServiceLevels(Construct):
    """The service level objectives of the service's configuration (guideline, 9.3).

    With an API, the objectives are the share of requests without 5xx, and the share of requests
    with a response in time. Without an API, the objective is the share of invocations that neither
    fail nor count a fault of the service.

    Example:
        ```python
        ServiceLevels(stack, "ServiceLevels")
        ```
    """

    def __init__(self, scope: Construct, construct_id: str, **former: Unpack[Former]) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        alarms = environment.settings.alarms
        if environment.apis:
            api = environment.apis[0]
            ServiceLevel(
                self,
                "Availability",
                objective_percent=alarms.slo_availability_percent,
                promise="requests don't fail by 5xx",
                failures=[failed_requests(api)],
            )
            ServiceLevel(
                self,
                "Latency",
                objective_percent=alarms.slo_latency_percent,
                promise=f"requests are answered within {alarms.slo_latency_ms} ms",
                failures=[slow_requests(api, limit_ms=alarms.slo_latency_ms)],
            )
        elif environment.functions:
            functions = list(enumerate(environment.functions))
            ServiceLevel(
                self,
                "Availability",
                objective_percent=alarms.slo_availability_percent,
                promise="invocations succeed",
                failures=[
                    failed_invocations(functions[first : first + FUNCTIONS_OF_AN_ALARM])
                    for first in range(0, len(functions), FUNCTIONS_OF_AN_ALARM)
                ],
            )


class ServiceLevel(Construct):
    """An objective with an alarm, which starts at a rate that uses up the error budget in two days.

    Example:
        ```python
        ServiceLevel(
            stack,
            "Availability",
            objective_percent=99.9,
            promise="requests don't fail",
            failures=[failed_requests(api)],
        )
        ```

    Args:
        objective_percent: Share of a month's requests or invocations that succeed, in per cent.
        promise: The objective as a phrase that follows "% of", such as "requests don't fail".
        failures: Shares of failures; more than one if they exceed the metrics of a single alarm.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        objective_percent: float,
        promise: str,
        failures: Sequence[Share],
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
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
        # CDK's generated name isn't unique among the services of an account.
        cfn_resource(alarm, cloudwatch.CfnCompositeAlarm).alarm_name = None
        register(alarm)
        environment.widgets.extend(
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
        """Add alarms on a share in both windows, without actions."""
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
        for alarm in alarms:
            link_runbook(alarm)
        return cloudwatch.AlarmRule.all_of(
            *(
                cloudwatch.AlarmRule.from_alarm(alarm, cloudwatch.AlarmState.ALARM)
                for alarm in alarms
            )
        )


def failed_requests(api: RoutedApi) -> Share:
    """Return the percentage of an API's requests whose response is a 5xx."""

    def share(window: Duration) -> cloudwatch.IMetric:
        # Each request counts as zero or one, so the average is the share.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
        errors = api.api.deployment_stage.metric_server_error(statistic="Average")
        return _percentage("100 * errors", {"errors": errors}, window)

    return share


def slow_requests(api: RoutedApi, *, limit_ms: int) -> Share:
    """Return the percentage of an API's requests that take longer than a number of milliseconds."""

    def share(window: Duration) -> cloudwatch.IMetric:
        in_time = cloudwatch.Stats.percentile_rank(limit_ms)
        latency = api.api.deployment_stage.metric_latency(statistic=in_time)
        return _percentage("100 - in_time", {"in_time": latency}, window)

    return share


def failed_invocations(functions: Sequence[tuple[int, MonitoredFunction]]) -> Share:
    """Return the percentage of functions' invocations that raise an error or count a fault.

    An event handler does both and a queue's consumer only counts, so it uses the larger number.

    Args:
        functions: The functions by a number that is unique in the service.
    """
    # The metric of faults has no value where there are none.
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
