"""The finops stack of every environment."""

import inspect
import re
from pathlib import Path

import pytest
from aws_service_kit.config import ENVIRONMENT_NAMES, ServiceConfig
from aws_service_kit.testing.synthesis import (
    MakeStacks,
    Resource,
    Synthesized,
    synthesize,
    with_environment,
)

from infrastructure.stacks import finops


def stack_resources(synthesized: Synthesized, resource_type: str) -> list[Resource]:
    return [
        found
        for found in synthesized.resources(resource_type)
        if found.stack.endswith(("-billing", "-finops"))
    ]


def test_every_environment_has_a_budget_that_notifies_the_alarm_address(
    synthesized: Synthesized, config: ServiceConfig
) -> None:
    budgets = stack_resources(synthesized, "AWS::Budgets::Budget")
    assert [budget.environment for budget in budgets] == list(ENVIRONMENT_NAMES)
    for budget in budgets:
        limit = budget.properties["Budget"]["BudgetLimit"]["Amount"]
        assert limit == config.finops.monthly_budget_usd
        addresses = {
            subscriber["Address"]
            for alert in budget.properties["NotificationsWithSubscribers"]
            for subscriber in alert["Subscribers"]
        }
        assert addresses == {config.service.alarm_email}


@pytest.mark.parametrize(
    ("accounts", "watching"),
    [
        (("1", "2", "3"), ["dev", "staging", "prod"]),
        (("1", "1", "2"), ["staging", "prod"]),
        (("1", "1", "1"), ["prod"]),
    ],
)
def test_one_environment_of_an_account_has_the_anomaly_monitor(
    accounts: tuple[str, ...],
    watching: list[str],
    config: ServiceConfig,
    bundle: Path,
    tmp_path: Path,
    make_stacks: MakeStacks,
) -> None:
    for name, digit in zip(ENVIRONMENT_NAMES, accounts, strict=True):
        config = with_environment(config, name, account=digit * 12, cost_monitor_arn=None)
    stacks = make_stacks(finops=inspect.getsource(finops))
    synthesized = synthesize(config, bundle=bundle, outdir=tmp_path / "assembly", stacks=stacks)
    for resource_type in ("AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription"):
        assert [
            found.environment for found in stack_resources(synthesized, resource_type)
        ] == watching


def test_the_report_is_due_once_a_week(synthesized: Synthesized) -> None:
    schedules = stack_resources(synthesized, "AWS::Scheduler::Schedule")
    assert len(schedules) == len(ENVIRONMENT_NAMES)
    for schedule in schedules:
        expression = schedule.properties["ScheduleExpression"]
        assert re.fullmatch(r"cron\(\d+ \d+ \? \* \w+ \*\)", expression), expression


def test_the_report_is_about_this_service(synthesized: Synthesized, config: ServiceConfig) -> None:
    for function in stack_resources(synthesized, "AWS::Lambda::Function"):
        variables = function.properties["Environment"]["Variables"]
        assert variables["SERVICE_TAG"] == config.service.name


def test_the_report_may_read_costs(synthesized: Synthesized) -> None:
    allowed = [
        (policy.environment, statement["Action"])
        for policy in stack_resources(synthesized, "AWS::IAM::Policy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Sid"] == "ReadCosts"
    ]
    assert allowed == [(name, "ce:GetCostAndUsage") for name in ENVIRONMENT_NAMES]


def test_the_queue_of_failures_keeps_its_id(synthesized: Synthesized) -> None:
    """CloudFormation replaces a queue whose logical id changes, and deletes its messages."""
    queues = stack_resources(synthesized, "AWS::SQS::Queue")
    assert {queue.logical_id for queue in queues} == {"CostReportFailures"}
