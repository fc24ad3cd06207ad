"""Costs that nobody expected, found by AWS (guideline, 7.1; controls O5 and F5)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import aws_ce as ce
from constructs import Construct

from aws_service_kit.constructs.names import replaceable_name
from aws_service_kit.constructs.stateful import pin_logical_id

if TYPE_CHECKING:
    from aws_service_kit.constructs.service import Service

# An anomaly that costs less, altogether, isn't worth a message: a tenth of the month's budget.
PARTS_OF_BUDGET = 10


class CostAnomalies(Construct):
    """A daily message to the alarms' address about what cost unusually much.

    What is watched is the service in all environments of the account, by its tag: a monitor knows
    one tag. Where the account can't have such a monitor, and only an organization's management
    account and an account without organization can, `cost_monitor_arn` of the configuration names
    the account's own monitor, and what is watched is the account.

    Args:
        service: The environment's service.

    Attributes:
        monitor_arn: ARN of the monitor.
        subscription: Who is told of what.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
        self.monitor_arn = (
            service.environment.cost_monitor_arn or self._add_monitor(service).attr_monitor_arn
        )
        self.subscription = ce.CfnAnomalySubscription(
            self,
            "Subscription",
            subscription_name=replaceable_name(self, settled=service.tags),
            frequency="DAILY",
            monitor_arn_list=[self.monitor_arn],
            subscribers=[
                ce.CfnAnomalySubscription.SubscriberProperty(
                    type="EMAIL", address=service.config.service.alarm_email
                )
            ],
            threshold_expression=_threshold(service.config.finops.monthly_budget_usd),
        )
        pin_logical_id(self.subscription, f"{construct_id}Subscription")

    def _add_monitor(self, service: Service) -> ce.CfnAnomalyMonitor:
        watched = {"Tags": {"Key": "service", "Values": [service.name]}}
        monitor = ce.CfnAnomalyMonitor(
            self,
            "Monitor",
            monitor_name=replaceable_name(self, settled=[watched, service.tags]),
            monitor_type="CUSTOM",
            monitor_specification=json.dumps(watched),
        )
        # What it has learnt goes with it.
        pin_logical_id(monitor, f"{self.node.id}Monitor")
        return monitor


def _threshold(monthly_budget_usd: int) -> str:
    return json.dumps(
        {
            "Dimensions": {
                "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
                "Values": [str(max(1, monthly_budget_usd // PARTS_OF_BUDGET))],
            }
        }
    )
