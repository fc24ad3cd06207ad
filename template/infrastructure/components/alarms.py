# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Alarms, and whom they tell."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from infrastructure.service import Service


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
    """
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


def register(alarm: cloudwatch.AlarmBase, *, service: Service) -> None:
    """Show an alarm on the dashboard, and tell the alarm topic when it begins and when it is over.

    Without an alarm topic, which the monitoring stack offers, nobody is told.
    """
    if service.alarm_topic is not None:
        action = actions.SnsAction(service.alarm_topic.topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)
    service.alarms.append(alarm)
