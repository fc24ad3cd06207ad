"""The service's costs: a budget, cost anomalies, and a weekly report."""

from aws_cdk import Duration, Stage
from aws_service_kit.config import ENVIRONMENT_NAMES
from aws_service_kit.constructs.billing import billing_region
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.budget import CostBudget
from aws_service_kit.constructs.cost_anomalies import CostAnomalies
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.schedule import Schedule, function_target
from aws_service_kit.constructs.stack import ServiceStack


class BillingStack(ServiceStack):
    """The budget and the cost anomalies, in a region that supports them."""

    in_previews = False

    def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
        super().__init__(
            stage,
            "billing",
            environment=environment,
            description="Budget and cost anomalies",
            region=billing_region(environment),
        )
        CostBudget(self, "Budget")
        if watches_its_account(environment):
            CostAnomalies(self, "CostAnomalies")


class FinopsStack(ServiceStack):
    """The cost report of the week before, every Monday."""

    in_previews = False

    def __init__(
        self, stage: Stage, environment: ServiceEnvironment, *, reports: Bucket | None = None
    ) -> None:
        super().__init__(stage, "finops", environment=environment, description="Cost report")
        failures = DeadLetterQueue(self, "CostReportFailures")
        function = Function(
            self,
            "ReportCosts",
            handler="service.handlers.report_costs.handler",
            memory_mb=512,
            timeout=Duration.minutes(2),
            environment={"SERVICE_TAG": environment.name},
            on_failure=failures,
            # The service's region has no endpoint for Cost Explorer.
            in_vpc=False,
        )
        function.allow_without_resource(
            "ReadCosts",
            actions=["ce:GetCostAndUsage"],
            reason="Cost Explorer's queries don't support resource-level permissions.",
        )
        if reports is not None:
            function.add_environment("REPORTS_BUCKET", reports.name)
            reports.grant_put(function, "costs")
        Schedule(
            self,
            "CostReport",
            cron="cron(0 8 ? * MON *)",
            event_type="Cost Report Due",
            target=function_target(function),
            dead_letter_queue=failures,
            description="What the service cost in the week before, every Monday.",
        )


def watches_its_account(environment: ServiceEnvironment) -> bool:
    """Return whether this environment has the monitor of its account's anomalies.

    A monitor covers all environments of the account, so only the last of them has one: prod, if it
    is in the account.
    """
    environments = environment.config.environments
    account = environment.settings.account
    sharing = [name for name in ENVIRONMENT_NAMES if environments[name].account == account]
    return environment.settings.name == sharing[-1]
