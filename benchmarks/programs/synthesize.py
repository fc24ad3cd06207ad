"""Build and synthesize functions, with the kit's construct or with those of the CDK.

Run in a service's folder: `synthesize.py kit|raw|bare FUNCTIONS FOLDER`. `raw` has the properties
of the kit's construct, and passes the rule packs, too; `bare` only has the same types of resources.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from aws_cdk import (
    Acknowledgment,
    App,
    Duration,
    Environment,
    RemovalPolicy,
    Stack,
    Stage,
    Tags,
    Validations,
)
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_service_kit.app.synthesis import build_stage, empty_app
from aws_service_kit.config import load
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.stack import ServiceStack
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

if TYPE_CHECKING:
    from constructs import IConstruct

# A stack can have 500 resources.
FUNCTIONS_IN_A_STACK = 25
HANDLER = "service.handlers.health.handler"
METRICS = ("Errors", "Faults", "Throttles", "Duration")


def kit(app: App, sizes: list[int], bundle: Path) -> None:
    """Add stacks with functions of the kit."""
    config = load()
    stage, environment = build_stage(
        app,
        config=config,
        settings=config.environments["dev"],
        bundle=bundle,
        stacks=_no_stacks(bundle.parent),
    )
    for number, size in enumerate(sizes):
        _own_stack(stage, environment, f"part-{number}", size)


def _own_stack(stage: Stage, environment: ServiceEnvironment, name: str, size: int) -> None:
    stack = ServiceStack(stage, name, environment=environment, description="Functions")
    for number in range(size):
        Function(
            stack,
            f"Function{number}",
            handler=HANDLER,
            memory_mb=256,
            timeout=Duration.seconds(5),
        )


def raw(app: App, sizes: list[int], bundle: Path) -> None:
    """Add stacks with the same resources and properties from the CDK's constructs."""
    config = load()
    settings = config.environments["dev"]
    environment = ServiceEnvironment(config=config, settings=settings, bundle=bundle)
    account, region = settings.account, settings.region
    stage = Stage(app, "raw", env=Environment(account=account, region=region))
    for number, size in enumerate(sizes):
        stack = Stack(stage, f"part-{number}", description="Functions", tags=environment.tags)
        for index in range(size):
            _raw_function(stack, f"Function{index}", environment)
    for key, value in environment.tags.items():
        Tags.of(stage).add(key, value)


def _raw_function(stack: Stack, name: str, environment: ServiceEnvironment) -> None:
    group = logs.LogGroup(
        stack,
        f"{name}Logs",
        retention=logs.RetentionDays.ONE_WEEK,
        removal_policy=RemovalPolicy.DESTROY,
    )
    role = iam.Role(
        stack,
        f"{name}Role",
        path="/services/",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
    )
    role.add_to_policy(
        iam.PolicyStatement(
            sid="WriteOwnLogs",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[group.log_group_arn],
        )
    )
    variables = {
        "ENVIRONMENT": environment.settings.name,
        "POWERTOOLS_LOG_LEVEL": environment.settings.log_level,
        "POWERTOOLS_METRICS_NAMESPACE": environment.metrics_namespace,
        "POWERTOOLS_SERVICE_NAME": environment.name,
    }
    function = lambda_.Function(
        stack,
        name,
        handler=HANDLER,
        runtime=lambda_.Runtime.PYTHON_3_14,
        architecture=lambda_.Architecture.ARM_64,
        code=lambda_.Code.from_asset(str(environment.bundle)),
        role=role,
        log_group=group,
        memory_size=256,
        timeout=Duration.seconds(5),
        environment=variables,
        logging_format=lambda_.LoggingFormat.JSON,
        application_log_level_v2=lambda_.ApplicationLogLevel.DEBUG,
        system_log_level_v2=lambda_.SystemLogLevel.INFO,
        tracing=lambda_.Tracing.ACTIVE,
    )
    alias = lambda_.Alias(stack, f"{name}Live", alias_name="live", version=function.current_version)
    minute = Duration.minutes(1)
    faults = cloudwatch.Metric(
        namespace=environment.metrics_namespace,
        metric_name="ServiceFault",
        dimensions_map={
            "service": environment.name,
            "environment": environment.settings.name,
            "operation": "health",
        },
        period=minute,
        statistic="Sum",
    )
    metrics = {
        "Errors": alias.metric_errors(period=minute),
        "Faults": faults,
        "Throttles": alias.metric_throttles(period=minute),
        "Latency": alias.metric_duration(period=minute, statistic="p95"),
    }
    for watched, metric in metrics.items():
        cloudwatch.Alarm(
            stack,
            f"{name}{watched}",
            metric=metric,
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            alarm_description=f"{watched} of {name} are high: read its log group for the reason.",
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
    _accept(role, "AwsSolutions::AwsSolutions-IAM5[Resource::*]", "Traces have no resource.")
    _accept(function, "Serverless::Serverless-LambdaDLQ", "Never invoked asynchronously.")


def _accept(construct: IConstruct, finding: str, reason: str) -> None:
    Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))


def bare(app: App, sizes: list[int], bundle: Path) -> None:
    """Add stacks with resources of the same types and their required properties."""
    stage = Stage(app, "bare")
    for number, size in enumerate(sizes):
        stack = Stack(stage, f"part-{number}")
        for index in range(size):
            _bare_function(stack, f"Function{index}", bundle)


def _bare_function(stack: Stack, name: str, bundle: Path) -> None:
    group = logs.LogGroup(stack, f"{name}Logs", retention=logs.RetentionDays.ONE_WEEK)
    role = iam.Role(stack, f"{name}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(actions=["logs:PutLogEvents"], resources=[group.log_group_arn])
    )
    function = lambda_.Function(
        stack,
        name,
        handler=HANDLER,
        runtime=lambda_.Runtime.PYTHON_3_14,
        code=lambda_.Code.from_asset(str(bundle)),
        role=role,
        log_group=group,
        memory_size=256,
        timeout=Duration.seconds(5),
    )
    alias = lambda_.Alias(stack, f"{name}Live", alias_name="live", version=function.current_version)
    for metric in METRICS:
        cloudwatch.Alarm(
            stack,
            f"{name}{metric}",
            metric=alias.metric(metric),
            threshold=1,
            evaluation_periods=1,
        )


def _no_stacks(folder: Path) -> ModuleType:
    package = ModuleType("no_stacks")
    package.__path__ = [str(folder / "none")]
    return package


def synthesize(variant: str, sizes: list[int], folder: Path) -> None:
    """Build an application in a new folder, and synthesize it with all validation."""
    bundle = folder / "bundle"
    bundle.mkdir(parents=True)
    (bundle / "code.py").touch()
    app = empty_app(folder / "cdk.out")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True), ServerlessChecks(app))
    {"kit": kit, "raw": raw, "bare": bare}[variant](app, sizes, bundle)
    try:
        app.synth()
    except Exception as error:  # findings of the rule packs on the CDK's constructs
        if variant != "bare" or "alidation" not in str(error):
            raise


def main(variant: str, functions: int, folder: Path) -> None:
    """Print the seconds, the templates' sizes in bytes, and the number of resources by type."""
    # The first synthesis of a process compiles CloudFormation's rules, which takes seconds.
    synthesize(variant, [1], folder / "first")
    full, rest = divmod(functions, FUNCTIONS_IN_A_STACK)
    sizes = [FUNCTIONS_IN_A_STACK] * full + ([rest] if rest else [])
    measured = folder / "measured"
    started = time.perf_counter()
    synthesize(variant, sizes, measured)
    seconds = time.perf_counter() - started
    templates = [path.read_text("utf-8") for path in measured.rglob("*.template.json")]
    types: Counter[str] = Counter()
    for template in templates:
        resources = json.loads(template)["Resources"].values()
        types.update(resource["Type"] for resource in resources)
    size = sum(map(len, templates))
    print(json.dumps({"seconds": seconds, "template_bytes": size, "types": types}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
