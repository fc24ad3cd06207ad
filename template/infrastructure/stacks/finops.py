"""What the service costs: a budget, an eye on the unusual, and a weekly report."""

from aws_cdk import Duration, Stack, Stage
from aws_service_kit.config import ENVIRONMENT_NAMES
from aws_service_kit.constructs.billing import billing_region
from aws_service_kit.constructs.budget import CostBudget
from aws_service_kit.constructs.cost_anomalies import CostAnomalies
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.schedule import Schedule, function_target
from aws_service_kit.constructs.service import Service
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = ("reports",)


def build(stage: Stage, service: Service) -> Stack:
    """Make what tells the team about costs."""
    watch_costs(stage, service)
    stack = ServiceStack(stage, "finops", service=service, description="Cost report")
    add_cost_report(stack, service)
    return stack


def watch_costs(stage: Stage, service: Service) -> None:
    """Make budget and anomalies, in a stack of their own: not every region takes them."""
    stack = ServiceStack(
        stage,
        "billing",
        service=service,
        description="Budget and cost anomalies",
        region=billing_region(service),
    )
    CostBudget(stack, "Budget", service=service)
    if watches_its_account(service):
        CostAnomalies(stack, "CostAnomalies", service=service)


def watches_its_account(service: Service) -> bool:
    """Tell whether anomalies of the account are for this environment to find.

    Whoever looks sees all environments of the account, so of those that share one only the last
    looks: prod, if it's among them.
    """
    environments = service.config.environments
    account = service.environment.account
    sharing = [name for name in ENVIRONMENT_NAMES if environments[name].account == account]
    return service.environment.name == sharing[-1]


def add_cost_report(stack: Stack, service: Service) -> None:
    """Report on Mondays what the service cost in the week before."""
    dead_letters = DeadLetterQueue(stack, "CostReportFailures", service=service)
    function = ServiceFunction(
        stack,
        "ReportCosts",
        service=service,
        handler="service.handlers.report_costs.handler",
        memory_mb=512,
        timeout=Duration.minutes(2),
        environment={"SERVICE_TAG": service.name},
        on_failure=dead_letters,
        # No endpoint of the service's region leads to Cost Explorer.
        in_vpc=False,
    )
    function.allow_without_resource(
        "ReadCosts",
        actions=["ce:GetCostAndUsage"],
        reason="Cost Explorer's queries don't support resource-level permissions.",
    )
    if service.reports is not None:
        function.add_environment("REPORTS_BUCKET", service.reports.name)
        service.reports.grant_put(function, "costs")
    Schedule(
        stack,
        "CostReport",
        service=service,
        cron="cron(0 8 ? * MON *)",
        event_type="Cost Report Due",
        target=function_target(function),
        dead_letters=dead_letters,
        description="What the service cost in the week before, every Monday.",
    )
