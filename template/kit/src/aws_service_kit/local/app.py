"""The CDK application of the local environment, which the emulator deploys."""

import json
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from constructs import IConstruct

from aws_service_kit.app.bundle import BundleError, build_dependencies, build_package
from aws_service_kit.app.synthesis import MISTAKES, bare_app, build_stage
from aws_service_kit.config import ConfigError, EnvironmentConfig, ServiceConfig, load
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.state_machine import FunctionTask
from aws_service_kit.local import LEFT_OUT
from aws_service_kit.local.not_emulated import NotEmulated, leave_out
from aws_service_kit.project import ROOT

# The account and the region that the emulator plays (kit/src/aws_service_kit/local/cloud.py).
ACCOUNT = "000000000000"
REGION = "us-east-1"
# Its functions run in its own Python, on this machine.
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "amd64": "x86_64", "x86_64": "x86_64"}
# What functions keep for minutes in AWS they read anew after seconds here.
HASTE = {"POWERTOOLS_PARAMETERS_MAX_AGE": "2"}
# The emulator's rules try a function once, and its state machines know no named retries: what these
# functions call of AWS names them, so that it fails only in ways that the SDK makes good
# (kit/src/aws_service_kit/local/faults.py).
TRIED_ONCE = {"AWS_SDK_UA_APP_ID": "tried-once"}


@dataclass(frozen=True)
class LocalApp:
    """The application, and what the emulator can't make of it."""

    app: App
    left_out: list[NotEmulated]


def local_environment(config: ServiceConfig) -> EnvironmentConfig:
    """Give dev's configuration, where nothing is kept, bounded or slowed down."""
    return config.environments["dev"].model_copy(
        update={
            "name": "local",
            "account": ACCOUNT,
            "region": REGION,
            "removal": "destroy",
            # The emulator encrypts nothing, whatever key is named.
            "encryption": "aws",
            "deletion_protection": False,
            "termination_protection": False,
            "canary": False,
            "waf": False,
            "api_rate_per_second": 1000,
            "api_burst": 1000,
            "permissions_boundary": None,
            "named_stacks": ("*",),
        }
    )


def create_app(
    config: ServiceConfig, *, package: Path, dependencies: Path, outdir: Path | None = None
) -> LocalApp:
    """Build the construct tree of the local environment, without what the emulator can't make.

    CloudFormation's rules and the rule packs hold for the environments in AWS, not here.

    Args:
        config: The service's configuration.
        package: The folder that holds the package `service`.
        dependencies: The folder of what it needs.
        outdir: Where the assembly goes.
    """
    app = bare_app(outdir, validation=False)
    environment = local_environment(config)
    # In dev's place, for stacks that compare the environments' accounts.
    environments = {**config.environments, "dev": environment}
    config = config.model_copy(update={"environments": environments})
    stage, _ = build_stage(app, config=config, environment=environment, bundle=package)
    # The emulator unpacks a function's code for each of its processes, at every start: half a
    # second for the dependencies. So they stay where they are.
    variables = {**HASTE, "PYTHONPATH": str(dependencies)}
    left_out = leave_out(stage)
    for construct in stage.node.find_all():
        if isinstance(construct, lambda_.Function):
            for name, value in variables.items():
                construct.add_environment(name, value)
        elif isinstance(construct, FunctionTask):
            mark_tried_once(construct.function)
        elif isinstance(construct, lambda_.CfnEventInvokeConfig):
            mark_tried_once(construct.node.scope)
        elif isinstance(construct, ssm.CfnParameter):
            name_parameter(construct)
    return LocalApp(app, left_out)


def mark_tried_once(function: IConstruct | None) -> None:
    """Have the SDK in a function of the service tell that nobody tries the function again."""
    if isinstance(function, ServiceFunction):
        for name, value in TRIED_ONCE.items():
            function.add_environment(name, value)


def name_parameter(parameter: ssm.CfnParameter) -> None:
    """Name a parameter without a name: what the emulator makes up fits no ARN."""
    if Stack.of(parameter).resolve(parameter.name) is None:
        parameter.name = parameter.node.path.replace("/", "-")


def refuse_own_endpoints(assembly: Path) -> None:
    """Accept what was synthesized only if the emulator tells every function where AWS is.

    Raises:
        ConfigError: A function names an endpoint itself.
    """
    for file in assembly.rglob("*.template.json"):
        resources = json.loads(file.read_text(encoding="utf-8")).get("Resources", {})
        functions = {
            name: resource
            for name, resource in resources.items()
            if resource["Type"] == "AWS::Lambda::Function"
        }
        for name, resource in functions.items():
            environment = resource.get("Properties", {}).get("Environment", {})
            for variable in environment.get("Variables", {}):
                if variable.startswith("AWS_ENDPOINT_URL"):
                    raise ConfigError(
                        f"{variable} of {name} would lead away from this machine: "
                        "functions run locally only without endpoints of their own"
                    )


def main() -> None:
    """Synthesize the local environment where the CDK CLI says."""
    outdir = Path(os.environ.get("CDK_OUTDIR", ROOT / ".cache/local/cdk.out"))
    try:
        dependencies = build_dependencies(RUNTIME, ARCHITECTURES[platform.machine().lower()])
        local = create_app(
            load(), package=build_package(RUNTIME), dependencies=dependencies, outdir=outdir
        )
        local.app.synth()
        refuse_own_endpoints(outdir)
    except (BundleError, *MISTAKES) as error:
        sys.exit(f"error: {error}")
    told = {entry.kind: entry.instead for entry in local.left_out}
    (outdir / LEFT_OUT).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
