"""Alarms, and whom they tell."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.service import Service

# An alarm on a metric of every minute looks back a day at the most.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
MINUTES = range(1, 24 * 60 + 1)

# Metrics that an alarm adds up.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
METRICS_OF_AN_ALARM = 10


def add_alarm(
    scope: Construct,
    construct_id: str,
    *,
    service: Service,
    metric: cloudwatch.IMetric,
    threshold: float,
    description: str,
    minutes: int = 1,
) -> cloudwatch.Alarm:
    """Raise an alarm when a metric reaches a threshold for some minutes in a row.

    Args:
        scope: The construct that is watched.
        construct_id: Id of the alarm below it.
        service: The alarm is added to `service.alarms`, and tells `service.alarm_topic` if there is
            one.
        metric: One value a minute.
        threshold: In the metric's unit; reached means alarm.
        description: What is wrong and where to look, for who is woken by it.
        minutes: How many minutes in a row.

    Raises:
        ArgumentError: CloudWatch takes no such `minutes`.
    """
    check(scope, minutes in MINUTES, f"minutes is 1 to {len(MINUTES)}")
    alarm = cloudwatch.Alarm(
        scope,
        construct_id,
        metric=metric,
        threshold=threshold,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluation_periods=minutes,
        alarm_description=description,
        # No traffic, no trouble.
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    register(alarm, service=service)
    return alarm


def filled(metric: str) -> str:
    """Give the expression of a metric that is zero where the metric has no value.

    Arithmetic gives no value where one of its metrics has none. And an alarm on a metric of
    DynamoDB keeps its state as long as values are missing, whatever it says of them.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html

    Args:
        metric: The metric's name in the expression.
    """
    return f"FILL({metric}, 0)"


def filled_sum(
    metrics: Sequence[cloudwatch.IMetric], *, period: Duration, label: str
) -> cloudwatch.MathExpression:
    """Add metrics up, minute by minute, each of them zero where it has no value.

    Args:
        metrics: At most `METRICS_OF_AN_ALARM`.
        period: Of every metric.
        label: What the sum counts.
    """
    named = {f"metric{number}": metric for number, metric in enumerate(metrics)}
    return cloudwatch.MathExpression(
        expression=" + ".join(map(filled, named)),
        using_metrics=named,
        period=period,
        label=label,
    )


def register(alarm: cloudwatch.AlarmBase, *, service: Service) -> None:
    """Show an alarm on the dashboard, and tell the alarm topic when it begins and when it is over.

    Without an alarm topic, which the monitoring stack offers, nobody is told.
    """
    if service.alarm_topic is not None:
        action = actions.SnsAction(service.alarm_topic.topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)
    service.alarms.append(alarm)
