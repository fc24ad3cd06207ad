"""Alarms and where they are sent."""

from collections.abc import Sequence
from typing import Unpack

from aws_cdk import Annotations, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from aws_service_kit.constructs import runbook
from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.environment import Former, ServiceEnvironment

# The longest evaluation range of an alarm with a period of a minute is a day.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
MINUTES = range(1, 24 * 60 + 1)

# Maximum number of metrics in the expression of an alarm.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
METRICS_OF_AN_ALARM = 10

# Maximum length of a description, in characters.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
LONGEST_DESCRIPTION = 1024


def add_alarm(
    scope: Construct,
    construct_id: str,
    *,
    metric: cloudwatch.IMetric,
    threshold: float,
    description: str,
    minutes: int = 1,
    **former: Unpack[Former],
) -> cloudwatch.Alarm:
    """Add an alarm that starts when a metric reaches a threshold for some minutes in a row.

    Args:
        scope: The monitored construct. The alarm is added to its environment's `alarms`, and
            notifies the environment's `alarm_topic` if there is one.
        construct_id: Id of the alarm within the construct.
        metric: The metric, with a period of a minute.
        threshold: The value at which the alarm starts, in the metric's unit.
        description: The problem and where to look, for the person on call.
        minutes: Number of minutes in a row.

    Raises:
        ArgumentError: `minutes` isn't between 1 and a day.
    """
    ServiceEnvironment.of(scope, **former)
    require(scope, minutes in MINUTES, f"minutes is 1 to {len(MINUTES)}")
    alarm = cloudwatch.Alarm(
        scope,
        construct_id,
        metric=metric,
        threshold=threshold,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluation_periods=minutes,
        alarm_description=description,
        # Missing data means that there is no traffic, which isn't a failure.
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    register(alarm)
    return alarm


def filled(metric: str) -> str:
    """Return a metric math expression that is zero where the metric has no value.

    Arithmetic has no result where one of its metrics has no value. An alarm on a metric of DynamoDB
    keeps its state while values are missing, regardless of its `treat_missing_data`.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html

    Args:
        metric: The metric's name in the expression.
    """
    return f"FILL({metric}, 0)"


def filled_sum(
    metrics: Sequence[cloudwatch.IMetric], *, period: Duration, label: str
) -> cloudwatch.MathExpression:
    """Return the sum of metrics, in which a missing value counts as zero.

    Args:
        metrics: At most `METRICS_OF_AN_ALARM`.
        period: Period of every metric.
        label: Label of the sum.
    """
    named = {f"metric{number}": metric for number, metric in enumerate(metrics)}
    return cloudwatch.MathExpression(
        expression=" + ".join(map(filled, named)),
        using_metrics=named,
        period=period,
        label=label,
    )


def register(alarm: cloudwatch.AlarmBase) -> None:
    """Show an alarm on the dashboard, and send its start and end to the alarm topic.

    Without an alarm topic, no one is notified. The alarm's description links its runbook.
    """
    link_runbook(alarm)
    environment = ServiceEnvironment.of(alarm)
    if environment.alarm_topic is not None:
        action = actions.SnsAction(environment.alarm_topic.topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)
    environment.alarms.append(alarm)


def link_runbook(alarm: cloudwatch.AlarmBase) -> None:
    """Append the link to the alarm's runbook section to its description.

    The task `derive` writes a section for every alarm (docs/runbooks/).
    """
    stack = Stack.of(alarm)
    heading = alarm.node.path.removeprefix(f"{stack.node.path}/")
    resource = alarm.node.default_child
    if not isinstance(resource, cloudwatch.CfnAlarm | cloudwatch.CfnCompositeAlarm):
        return
    link = runbook.link(stack.node.id, heading)
    described = "\n".join(filter(None, (resource.alarm_description, link)))
    if len(described) > LONGEST_DESCRIPTION:
        Annotations.of(alarm).add_warning_v2(
            "service:runbook",
            f"{alarm.node.path}: the description leaves no room for the link to its runbook; make "
            f"it {len(described) - LONGEST_DESCRIPTION} characters shorter.",
        )
        return
    resource.alarm_description = described
