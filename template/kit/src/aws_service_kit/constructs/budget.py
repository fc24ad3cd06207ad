"""What the service may cost in a month, and who hears of it (guideline, 7.1; control R5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_budgets as budgets
from constructs import Construct

from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.names import replaceable_name
from aws_service_kit.constructs.stateful import pin_logical_id

if TYPE_CHECKING:
    from aws_service_kit.constructs.service import Service

# Percent of the budget, and what is held against it: what was spent, or what AWS expects for the
# whole month.
ALERTS = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html
LONGEST_NAME = 100


class CostBudget(Construct):
    """A monthly budget for one environment of the service, which writes to the alarms' address.

    Costs are known by the tags `service` and `environment`: until somebody activates them as cost
    allocation tags in the account that pays, the budget sees none
    (kit/guides/first-deployment.md). It
    never stops anything.

    Args:
        service: The environment's service; its budget and address come from the configuration.

    Attributes:
        budget: The budget itself.

    Raises:
        ArgumentError: The stack's name is too long for a budget that is named after it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
        address = service.config.service.alarm_email
        # An alert names its budget, and other alerts than these make it another one.
        name = replaceable_name(self, settled=[ALERTS, address])
        named = len(name) <= LONGEST_NAME
        check(self, named, f"{name} is no name for a budget: {LONGEST_NAME} characters at most")
        self.budget = budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=name,
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(
                    amount=service.config.finops.monthly_budget_usd, unit="USD"
                ),
                # `cost_filters` and `cost_types` are the deprecated way to say both.
                filter_expression=_costs_of(service),
                metrics=["UnblendedCost"],
            ),
            notifications_with_subscribers=[_alert(kind, share, address) for kind, share in ALERTS],
        )
        pin_logical_id(self.budget, construct_id)


def _costs_of(service: Service) -> budgets.CfnBudget.ExpressionProperty:
    # The key is the tag's own; only the deprecated cost filters want `user:` before it.
    # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_TagValues.html
    return budgets.CfnBudget.ExpressionProperty(
        and_=[
            budgets.CfnBudget.ExpressionProperty(
                tags=budgets.CfnBudget.TagValuesProperty(key=key, values=[service.tags[key]])
            )
            for key in ("service", "environment")
        ]
    )


def _alert(
    kind: str, percent: int, address: str
) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
    return budgets.CfnBudget.NotificationWithSubscribersProperty(
        notification=budgets.CfnBudget.NotificationProperty(
            notification_type=kind,
            comparison_operator="GREATER_THAN",
            threshold=percent,
            threshold_type="PERCENTAGE",
        ),
        subscribers=[
            budgets.CfnBudget.SubscriberProperty(subscription_type="EMAIL", address=address)
        ],
    )
