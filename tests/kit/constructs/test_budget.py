from typing import Any

from aws_cdk.assertions import Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.budget import CostBudget
from aws_service_kit.testing.synthesis import MakeStack


def add_budget(make_stack: MakeStack, config: ServiceConfig) -> dict[str, Any]:
    stack, _ = make_stack(configuration=config)
    CostBudget(stack, "Budget")
    budgets = Template.from_stack(stack).find_resources("AWS::Budgets::Budget")
    properties: dict[str, Any] = budgets["Budget"]["Properties"]
    return properties


def with_address(config: ServiceConfig, address: str) -> ServiceConfig:
    section = config.service.model_copy(update={"alarm_email": address})
    return config.model_copy(update={"service": section})


def test_a_budget_is_for_the_monthly_costs_of_the_environment(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    budget = add_budget(make_stack, config)["Budget"]
    assert (budget["BudgetType"], budget["TimeUnit"]) == ("COST", "MONTHLY")
    assert budget["BudgetLimit"] == {"Amount": 100, "Unit": "USD"}
    assert budget["Metrics"] == ["UnblendedCost"]
    assert budget["FilterExpression"] == {
        "And": [
            {"Tags": {"Key": "service", "Values": ["payments"]}},
            {"Tags": {"Key": "environment", "Values": ["dev"]}},
        ]
    }
    # AWS rejects the deprecated filters in addition to these.
    assert not {"CostFilters", "CostTypes"} & budget.keys()


def test_alerts_are_for_actual_and_forecasted_costs(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    alerts = add_budget(make_stack, config)["NotificationsWithSubscribers"]
    assert {
        (alert["Notification"]["NotificationType"], alert["Notification"]["Threshold"])
        for alert in alerts
    } == {("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    for alert in alerts:
        assert alert["Notification"]["ThresholdType"] == "PERCENTAGE"
        assert alert["Notification"]["ComparisonOperator"] == "GREATER_THAN"
        assert alert["Subscribers"] == [
            {"SubscriptionType": "EMAIL", "Address": "alarms@example.com"}
        ]


def test_changed_alerts_make_a_budget_with_another_name(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    """CloudFormation replaces the budget while the old one still has its name."""
    before = add_budget(make_stack, config)["Budget"]["BudgetName"]
    assert before.startswith("payments-dev-sample-")
    assert add_budget(make_stack, config)["Budget"]["BudgetName"] == before
    other = with_address(config, "others@example.com")
    assert add_budget(make_stack, other)["Budget"]["BudgetName"] != before
