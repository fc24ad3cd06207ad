"""Minimal resources of the types that the emulator doesn't support, and how to detect support.

A newer emulator may accept a resource type and ignore it. So a trial reads the resource from its
service.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_ce as ce
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

if TYPE_CHECKING:
    from aws_service_kit.local.cloud import Cloud

NAME = "Trial"
ROTATION = "def handler(event, context): pass"


@dataclass(frozen=True)
class Trial:
    """A trial of a resource type.

    Attributes:
        add: Adds a resource to a stack, with its dependencies.
        known: Returns whether the service has the resource, given the value of `Ref`.
    """

    add: Callable[[Stack], CfnResource]
    known: Callable[[Cloud, str], bool]


def add_budget(stack: Stack) -> CfnResource:
    amount = budgets.CfnBudget.SpendProperty(amount=1, unit="USD")
    asked = budgets.CfnBudget.BudgetDataProperty(
        budget_name=NAME, budget_type="COST", time_unit="MONTHLY", budget_limit=amount
    )
    return budgets.CfnBudget(stack, NAME, budget=asked)


def has_budget(cloud: Cloud, _id: str) -> bool:
    account = cloud.client("sts").get_caller_identity()["Account"]
    answer = cloud.client("budgets").describe_budgets(AccountId=account)
    return NAME in {each["BudgetName"] for each in answer["Budgets"]}


def add_anomaly_monitor(stack: Stack) -> ce.CfnAnomalyMonitor:
    return ce.CfnAnomalyMonitor(
        stack,
        NAME,
        monitor_name=NAME,
        monitor_type="DIMENSIONAL",
        monitor_dimension="SERVICE",
    )


def has_anomaly_monitor(cloud: Cloud, arn: str) -> bool:
    found = cloud.client("ce").get_anomaly_monitors(MonitorArnList=[arn])["AnomalyMonitors"]
    return [each["MonitorName"] for each in found] == [NAME]


def add_anomaly_subscription(stack: Stack) -> CfnResource:
    monitor = ce.CfnAnomalyMonitor(
        stack,
        "Monitor",
        monitor_name="Monitor",
        monitor_type="DIMENSIONAL",
        monitor_dimension="SERVICE",
    )
    subscriber = ce.CfnAnomalySubscription.SubscriberProperty(
        address="team@example.com", type="EMAIL"
    )
    return ce.CfnAnomalySubscription(
        stack,
        NAME,
        frequency="DAILY",
        monitor_arn_list=[monitor.attr_monitor_arn],
        subscribers=[subscriber],
        subscription_name=NAME,
        threshold=1,
    )


def has_anomaly_subscription(cloud: Cloud, arn: str) -> bool:
    client = cloud.client("ce")
    found = client.get_anomaly_subscriptions(SubscriptionArnList=[arn])["AnomalySubscriptions"]
    return [each["SubscriptionName"] for each in found] == [NAME]


def add_alarm_on_a_sum(stack: Stack) -> CfnResource:
    query = cloudwatch.CfnAlarm.MetricDataQueryProperty
    metric = cloudwatch.CfnAlarm.MetricStatProperty(
        metric=cloudwatch.CfnAlarm.MetricProperty(namespace=NAME, metric_name=NAME),
        period=60,
        stat="Sum",
    )
    return cloudwatch.CfnAlarm(
        stack,
        NAME,
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        threshold=1,
        metrics=[
            query(id="one", metric_stat=metric, return_data=False),
            query(id="sum", expression="one + one"),
        ],
    )


def has_alarm_on_a_sum(cloud: Cloud, name: str) -> bool:
    (alarm,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return {each["Id"] for each in alarm.get("Metrics", [])} == {"one", "sum"}


def add_composite_alarm(stack: Stack) -> CfnResource:
    return cloudwatch.CfnCompositeAlarm(stack, NAME, alarm_rule="TRUE")


def has_composite_alarm(cloud: Cloud, name: str) -> bool:
    """Return whether the alarm is in ALARM, since its rule is always true."""
    answer = cloud.client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["CompositeAlarm"]
    )
    return [each["StateValue"] for each in answer["CompositeAlarms"]] == ["ALARM"]


def add_dashboard(stack: Stack) -> CfnResource:
    shown = cloudwatch.CfnCompositeAlarm(stack, "Shown", alarm_rule="TRUE")
    body = {"widgets": [{"type": "alarm", "properties": {"alarms": [shown.attr_arn]}}]}
    return cloudwatch.CfnDashboard(stack, NAME, dashboard_body=stack.to_json_string(body))


def has_dashboard(cloud: Cloud, name: str) -> bool:
    answer = cloud.client("cloudwatch").get_dashboard(DashboardName=name)
    return "Shown" in answer["DashboardBody"]


def add_flow_log(stack: Stack) -> CfnResource:
    network = ec2.CfnVPC(stack, "Network", cidr_block="10.0.0.0/16")
    bucket = s3.CfnBucket(stack, "Bucket")
    return ec2.CfnFlowLog(
        stack,
        NAME,
        resource_id=network.attr_vpc_id,
        resource_type="VPC",
        traffic_type="ALL",
        log_destination=bucket.attr_arn,
        log_destination_type="s3",
    )


def has_flow_log(cloud: Cloud, flow_log: str) -> bool:
    answer = cloud.client("ec2").describe_flow_logs(FlowLogIds=[flow_log])
    return [each["FlowLogStatus"] for each in answer["FlowLogs"]] == ["ACTIVE"]


def add_archive(stack: Stack) -> CfnResource:
    bus = events.CfnEventBus(stack, "Bus", name=NAME)
    return events.CfnArchive(stack, NAME, archive_name=NAME, source_arn=bus.attr_arn)


def has_archive(cloud: Cloud, name: str) -> bool:
    return bool(cloud.client("events").describe_archive(ArchiveName=name)["State"] == "ENABLED")


def add_saved_query(stack: Stack) -> CfnResource:
    return logs.CfnQueryDefinition(stack, NAME, name=NAME, query_string="fields @message")


def has_saved_query(cloud: Cloud, query: str) -> bool:
    found = cloud.client("logs").describe_query_definitions()["queryDefinitions"]
    return (query, NAME) in {(each["queryDefinitionId"], each["name"]) for each in found}


def add_secret_policy(stack: Stack) -> CfnResource:
    secret = secretsmanager.CfnSecret(stack, "Secret", name=NAME)
    everybody = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [everybody]}
    return secretsmanager.CfnResourcePolicy(
        stack, NAME, secret_id=secret.ref, resource_policy=policy
    )


def has_secret_policy(cloud: Cloud, _id: str) -> bool:
    answer = cloud.client("secretsmanager").get_resource_policy(SecretId=NAME)
    return "Deny" in answer.get("ResourcePolicy", "")


def add_rotation(stack: Stack) -> CfnResource:
    secret = secretsmanager.CfnSecret(stack, "Secret", name=NAME)
    function = lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline(ROTATION),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
    )
    return secretsmanager.CfnRotationSchedule(
        stack,
        NAME,
        secret_id=secret.ref,
        rotation_lambda_arn=function.function_arn,
        rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
            automatically_after_days=1
        ),
    )


def has_rotation(cloud: Cloud, _id: str) -> bool:
    return "NextRotationDate" in cloud.client("secretsmanager").describe_secret(SecretId=NAME)


TRIALS = MappingProxyType(
    {
        "AWS::Budgets::Budget": Trial(add_budget, has_budget),
        "AWS::CE::AnomalyMonitor": Trial(add_anomaly_monitor, has_anomaly_monitor),
        "AWS::CE::AnomalySubscription": Trial(add_anomaly_subscription, has_anomaly_subscription),
        "AWS::CloudWatch::Alarm": Trial(add_alarm_on_a_sum, has_alarm_on_a_sum),
        "AWS::CloudWatch::CompositeAlarm": Trial(add_composite_alarm, has_composite_alarm),
        "AWS::CloudWatch::Dashboard": Trial(add_dashboard, has_dashboard),
        "AWS::EC2::FlowLog": Trial(add_flow_log, has_flow_log),
        "AWS::Events::Archive": Trial(add_archive, has_archive),
        "AWS::Logs::QueryDefinition": Trial(add_saved_query, has_saved_query),
        "AWS::SecretsManager::ResourcePolicy": Trial(add_secret_policy, has_secret_policy),
        "AWS::SecretsManager::RotationSchedule": Trial(add_rotation, has_rotation),
    }
)
