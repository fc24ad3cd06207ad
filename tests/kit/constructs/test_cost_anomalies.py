import json

import pytest
from aws_cdk.assertions import Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.cost_anomalies import CostAnomalies
from aws_service_kit.testing.synthesis import MakeStack, with_environment

MONITOR = "arn:aws:ce::111111111111:anomalymonitor/018f3c5e-7b7a-7cc3-98c4-dc0c0c07398f"


def with_budget(config: ServiceConfig, usd: int) -> ServiceConfig:
    section = config.finops.model_copy(update={"monthly_budget_usd": usd})
    return config.model_copy(update={"finops": section})


def with_owner(config: ServiceConfig, owner: str) -> ServiceConfig:
    section = config.service.model_copy(update={"owner": owner})
    return config.model_copy(update={"service": section})


def template(make_stack: MakeStack, config: ServiceConfig) -> Template:
    stack, _ = make_stack(configuration=config)
    CostAnomalies(stack, "Anomalies")
    return Template.from_stack(stack)


def test_costs_are_monitored_by_the_service_tag(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    (monitor,) = template(make_stack, config).find_resources("AWS::CE::AnomalyMonitor").values()
    properties = monitor["Properties"]
    assert properties["MonitorType"] == "CUSTOM"
    # An account may have only one dimensional monitor of services, so the kit must not use it.
    assert "MonitorDimension" not in properties
    assert json.loads(properties["MonitorSpecification"]) == {
        "Tags": {"Key": "service", "Values": ["payments"]}
    }


@pytest.mark.parametrize(("budget", "impact"), [(100, "10"), (5, "1"), (999_999_999, "99999999")])
def test_a_daily_email_reports_anomalies_above_a_threshold(
    budget: int, impact: str, make_stack: MakeStack, config: ServiceConfig
) -> None:
    resources = template(make_stack, with_budget(config, budget))
    (subscription,) = resources.find_resources("AWS::CE::AnomalySubscription").values()
    properties = subscription["Properties"]
    assert properties["Frequency"] == "DAILY"
    assert properties["Subscribers"] == [{"Type": "EMAIL", "Address": "alarms@example.com"}]
    assert properties["MonitorArnList"] == [{"Fn::GetAtt": ["AnomaliesMonitor", "MonitorArn"]}]
    assert json.loads(properties["ThresholdExpression"]) == {
        "Dimensions": {
            "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
            "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
            "Values": [impact],
        }
    }


def test_an_existing_monitor_of_the_account_is_used(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    resources = template(make_stack, with_environment(config, "dev", cost_monitor_arn=MONITOR))
    resources.resource_count_is("AWS::CE::AnomalyMonitor", 0)
    resources.has_resource_properties("AWS::CE::AnomalySubscription", {"MonitorArnList": [MONITOR]})


def test_changed_tags_make_resources_with_other_names(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    """CloudFormation replaces both while the old ones still have their names."""

    def names(configuration: ServiceConfig) -> tuple[str, str]:
        found = template(make_stack, configuration)
        (monitor,) = found.find_resources("AWS::CE::AnomalyMonitor").values()
        (subscription,) = found.find_resources("AWS::CE::AnomalySubscription").values()
        return (
            monitor["Properties"]["MonitorName"],
            subscription["Properties"]["SubscriptionName"],
        )

    monitor, subscription = names(config)
    assert names(config) == (monitor, subscription)
    other_monitor, other_subscription = names(with_owner(config, "others"))
    assert other_monitor != monitor
    assert other_subscription != subscription
