"""Build and synthesize functions, by the service's component or by the CDK's own constructs.

Run in a service's folder: `synthesize.py own|raw FUNCTIONS FOLDER`.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from aws_cdk import App, Duration, Stack, Stage, Validations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from infrastructure.app import bare_app, build_stage
from infrastructure.components.function import ServiceFunction
from infrastructure.components.stack import ServiceStack
from infrastructure.config import load

if TYPE_CHECKING:
    from infrastructure.service import Service

# A stack may have 500 resources.
FUNCTIONS_IN_A_STACK = 25
HANDLER = "service.handlers.health.handler"
METRICS = ("Errors", "Faults", "Throttles", "Duration")


def own(app: App, sizes: list[int], bundle: Path) -> None:
    """Add stacks of functions as a service has them."""
    config = load()
    stage, service = build_stage(
        app,
        config=config,
        environment=config.environments["dev"],
        bundle=bundle,
        stacks=_no_stacks(bundle.parent),
    )
    for number, size in enumerate(sizes):
        _own_stack(stage, service, f"part-{number}", size)


def _own_stack(stage: Stage, service: Service, name: str, size: int) -> None:
    stack = ServiceStack(stage, name, service=service, description="Functions")
    for number in range(size):
        ServiceFunction(
            stack,
            f"Function{number}",
            service=service,
            handler=HANDLER,
            memory_mb=256,
            timeout=Duration.seconds(5),
        )


def raw(app: App, sizes: list[int], bundle: Path) -> None:
    """Add stacks of the same resources, by the CDK's constructs."""
    stage = Stage(app, "raw")
    for number, size in enumerate(sizes):
        stack = Stack(stage, f"part-{number}")
        for index in range(size):
            _raw_function(stack, f"Function{index}", bundle)


def _raw_function(stack: Stack, name: str, bundle: Path) -> None:
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


def main(kind: str, functions: int, folder: Path) -> None:
    """Print the seconds, and how many resources there are of each type."""
    bundle = folder / "bundle"
    bundle.mkdir(parents=True)
    (bundle / "code.py").touch()
    full, rest = divmod(functions, FUNCTIONS_IN_A_STACK)
    sizes = [FUNCTIONS_IN_A_STACK] * full + ([rest] if rest else [])
    started = time.perf_counter()
    app = bare_app(folder / "cdk.out")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True), ServerlessChecks(app))
    {"own": own, "raw": raw}[kind](app, sizes, bundle)
    try:
        app.synth()
    except Exception as error:  # what the rule packs say of the CDK's own ways
        if kind == "own" or "alidation" not in str(error):
            raise
    seconds = time.perf_counter() - started
    types: Counter[str] = Counter()
    for path in (folder / "cdk.out").rglob("*.template.json"):
        resources = json.loads(path.read_text(encoding="utf-8"))["Resources"].values()
        types.update(resource["Type"] for resource in resources)
    print(json.dumps({"seconds": seconds, "types": types}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
