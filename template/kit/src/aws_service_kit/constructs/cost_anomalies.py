"""Cost Anomaly Detection for the service (guideline, 7.1; controls O5 and F5)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import aws_ce as ce
from constructs import Construct

from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.names import replaceable_name
from aws_service_kit.constructs.stateful import pin_logical_id

if TYPE_CHECKING:
    from typing import Unpack

    from aws_service_kit.config.schema import FinopsSection
    from aws_service_kit.constructs.environment import Former


class CostAnomalies(Construct):
    """A cost anomaly monitor with a daily e-mail to the address of the environment's alarms.

    It monitors the service in all environments of the account, by the tag `service`: a monitor has
    one tag only. A monitor of a tag needs an organization's management account, or an account
    without organization. In other accounts, `cost_monitor_arn` of the configuration names an
    existing monitor of the whole account.

    Example:
        ```python
        CostAnomalies(stack, "CostAnomalies")
        ```

    Attributes:
        monitor_arn: ARN of the monitor.
        subscription: CDK's subscription: recipient, frequency and threshold.
    """

    def __init__(self, scope: Construct, construct_id: str, **former: Unpack[Former]) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        self.monitor_arn = (
            environment.settings.cost_monitor_arn or self._add_monitor(environment).attr_monitor_arn
        )
        self.subscription = ce.CfnAnomalySubscription(
            self,
            "Subscription",
            subscription_name=replaceable_name(self, replaced_with=environment.tags),
            frequency="DAILY",
            monitor_arn_list=[self.monitor_arn],
            subscribers=[
                ce.CfnAnomalySubscription.SubscriberProperty(
                    type="EMAIL", address=environment.config.service.alarm_email
                )
            ],
            threshold_expression=_threshold(environment.config.finops),
        )
        pin_logical_id(self.subscription, f"{construct_id}Subscription")

    def _add_monitor(self, environment: ServiceEnvironment) -> ce.CfnAnomalyMonitor:
        watched = {"Tags": {"Key": "service", "Values": [environment.name]}}
        monitor = ce.CfnAnomalyMonitor(
            self,
            "Monitor",
            monitor_name=replaceable_name(self, replaced_with=[watched, environment.tags]),
            monitor_type="CUSTOM",
            monitor_specification=json.dumps(watched),
        )
        # A deleted monitor loses the spending patterns that it has learnt.
        pin_logical_id(monitor, f"{self.node.id}Monitor")
        return monitor


def _threshold(finops: FinopsSection) -> str:
    # Anomalies with a smaller total impact aren't reported.
    dollars = finops.monthly_budget_usd * finops.anomaly_percent_of_budget // 100
    return json.dumps(
        {
            "Dimensions": {
                "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
                "Values": [str(max(1, dollars))],
            }
        }
    )
