"""A monthly cost budget of the service (guideline, 7.1; control R5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_budgets as budgets
from constructs import Construct

from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.names import replaceable_name
from aws_service_kit.constructs.stateful import pin_logical_id

if TYPE_CHECKING:
    from typing import Unpack

    from aws_service_kit.config.schema import FinopsSection
    from aws_service_kit.constructs.environment import Former


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html
LONGEST_NAME = 100


class CostBudget(Construct):
    """A monthly cost budget of an environment, which sends e-mail to the address of its alarms.

    The budget filters costs by the tags `service` and `environment`. It contains no costs until
    these are activated as cost allocation tags in the paying account
    (kit/guides/first-deployment.md). It only sends alerts, and stops no resource.

    Example:
        ```python
        CostBudget(stack, "Budget")
        ```

    Attributes:
        budget: CDK's budget.

    Raises:
        ArgumentError: The stack's name is too long for the name of its budget.
    """

    def __init__(self, scope: Construct, construct_id: str, **former: Unpack[Former]) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        address = environment.config.service.alarm_email
        # Alerts can't be changed without a replacement of the budget, so they are part of its name.
        alerts = _alerts(environment.config.finops)
        name = replaceable_name(self, replaced_with=[alerts, address])
        named = len(name) <= LONGEST_NAME
        require(self, named, f"{name} isn't a name for a budget: at most {LONGEST_NAME} characters")
        self.budget = budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=name,
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(
                    amount=environment.config.finops.monthly_budget_usd, unit="USD"
                ),
                # `cost_filters` and `cost_types` are the deprecated properties for both.
                filter_expression=_costs_of(environment),
                metrics=["UnblendedCost"],
            ),
            notifications_with_subscribers=[_alert(*alert, address) for alert in alerts],
        )
        pin_logical_id(self.budget, construct_id)


def _alerts(finops: FinopsSection) -> list[tuple[str, int]]:
    """Return the alerts: ACTUAL or FORECASTED costs, and their share of the budget in per cent."""
    return [
        *(("ACTUAL", percent) for percent in finops.budget_alert_percent),
        *(("FORECASTED", percent) for percent in finops.forecast_alert_percent),
    ]


def _costs_of(environment: ServiceEnvironment) -> budgets.CfnBudget.ExpressionProperty:
    # The key has no prefix `user:`; only the deprecated cost filters need it.
    # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_TagValues.html
    return budgets.CfnBudget.ExpressionProperty(
        and_=[
            budgets.CfnBudget.ExpressionProperty(
                tags=budgets.CfnBudget.TagValuesProperty(key=key, values=[environment.tags[key]])
            )
            for key in ("service", "environment")
        ]
    )


def _alert(
    notification_type: str, percent: int, address: str
) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
    return budgets.CfnBudget.NotificationWithSubscribersProperty(
        notification=budgets.CfnBudget.NotificationProperty(
            notification_type=notification_type,
            comparison_operator="GREATER_THAN",
            threshold=percent,
            threshold_type="PERCENTAGE",
        ),
        subscribers=[
            budgets.CfnBudget.SubscriberProperty(subscription_type="EMAIL", address=address)
        ],
    )
