"""The CDK application of the local environment, which the emulator deploys."""

import json
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import App, Stack, Stage
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from constructs import IConstruct

from aws_service_kit.app import openapi_document
from aws_service_kit.app.bundle import BundleError, build_dependencies, build_package
from aws_service_kit.app.synthesis import MISTAKES, build_stage, empty_app
from aws_service_kit.config import ConfigError, EnvironmentConfig, ServiceConfig, load
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.state_machine import FunctionTask
from aws_service_kit.local import IMPORTED, LEFT_OUT
from aws_service_kit.local.cloud import ACCOUNT, REGION
from aws_service_kit.local.code_replacement import HANDLERS, RUNTIME
from aws_service_kit.local.debugging import Debugged, debug, find_functions, with_longest_timeouts
from aws_service_kit.local.source import missing_handler
from aws_service_kit.local.unsupported import Unsupported, leave_out
from aws_service_kit.project import ROOT

ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "amd64": "x86_64", "x86_64": "x86_64"}
# Functions cache parameters for seconds here instead of minutes.
SHORT_CACHE = {"POWERTOOLS_PARAMETERS_MAX_AGE": "2"}
# The id in API Gateway's errors that the caller can't choose.
EXTENDED = "context.extendedRequestId"
# The emulator's rules don't retry functions, and its state machines don't support named retries.
# The calls of these functions are marked, so that their injected faults are only those that the SDK
# retries (kit/src/aws_service_kit/local/faults.py).
NOT_RETRIED = {"AWS_SDK_UA_APP_ID": "tried-once"}


@dataclass(frozen=True)
class LocalApp:
    """The application, its environment, and its resources that the emulator doesn't support."""

    app: App
    environment: ServiceEnvironment
    left_out: list[Unsupported]


def local_environment(config: ServiceConfig) -> EnvironmentConfig:
    """Return dev's configuration without retention, permissions boundary and canary."""
    return config.environments["dev"].model_copy(
        update={
            "name": "local",
            "account": ACCOUNT,
            "region": REGION,
            "removal": "destroy",
            # The emulator doesn't encrypt, with any key.
            "encryption": "aws",
            "deletion_protection": False,
            "termination_protection": False,
            "canary": False,
            "waf": False,
            "api_rate_per_second": 1000,
            "api_burst": 1000,
            "permissions_boundary": None,
            "named_stacks": ("*",),
            # These ids refer to resources in AWS, which the emulator doesn't have.
            "domain": None,
            "vpc": None,
            "user_pool": None,
        }
    )


def create_app(
    config: ServiceConfig,
    *,
    package: Path,
    dependencies: Path,
    outdir: Path | None = None,
    debugged: Debugged | None = None,
) -> LocalApp:
    """Build the construct tree of the local environment, without unsupported resources.

    CloudFormation's rules and the rule packs run for the environments in AWS only.

    Args:
        config: The service's configuration.
        package: The folder that contains the package `service`.
        dependencies: The folder of its dependencies.
        outdir: The assembly's folder.
        debugged: The functions to debug, if any.

    Raises:
        ConfigError: There is no function with the name of a debugged one.
    """
    settings = local_environment(config)
    if debugged is not None:
        _, _, built = build(config, settings, package)
        settings = with_longest_timeouts(settings, find_functions(built.functions, debugged.names))
    app, stage, environment = build(config, settings, package, outdir)
    left_out = leave_out(stage)
    adapt(stage, dependencies)
    if debugged is not None:
        for function in find_functions(environment.functions, debugged.names):
            debug(function, debugged.folder, dependencies)
    return LocalApp(app, environment, left_out)


def adapt(stage: Stage, dependencies: Path) -> None:
    """Adapt resources to the differences between the emulator and AWS.

    Args:
        stage: The local environment.
        dependencies: The folder of the functions' dependencies.
    """
    # The emulator unpacks a function's code for each process at every start, which takes half a
    # second for the dependencies. So they aren't part of the code.
    variables = {**SHORT_CACHE, "PYTHONPATH": str(dependencies)}
    for construct in stage.node.find_all():
        if isinstance(construct, lambda_.Function):
            for name, value in variables.items():
                construct.add_environment(name, value)
        elif isinstance(construct, FunctionTask):
            mark_not_retried(construct.function)
        elif isinstance(construct, lambda_.CfnEventInvokeConfig):
            mark_not_retried(construct.node.scope)
        elif isinstance(construct, ssm.CfnParameter):
            name_parameter(construct)
        elif isinstance(construct, apigateway.CfnGatewayResponse):
            use_request_id(construct)


def build(
    config: ServiceConfig, settings: EnvironmentConfig, package: Path, outdir: Path | None = None
) -> tuple[App, Stage, ServiceEnvironment]:
    """Build the construct tree of the local environment, with unsupported resources."""
    app = empty_app(outdir, validation=False)
    # Replaces dev, because stacks may compare the environments' accounts.
    environments = {**config.environments, "dev": settings}
    config = config.model_copy(update={"environments": environments})
    stage, environment = build_stage(app, config=config, settings=settings, bundle=package)
    return app, stage, environment


def mark_not_retried(function: IConstruct | None) -> None:
    """Make a function's SDK identify it as a function that isn't retried."""
    if isinstance(function, Function):
        for name, value in NOT_RETRIED.items():
            function.add_environment(name, value)


def name_parameter(parameter: ssm.CfnParameter) -> None:
    """Name a parameter that has no name; the emulator would generate an invalid one for an ARN."""
    if Stack.of(parameter).resolve(parameter.name) is None:
        parameter.name = parameter.node.path.replace("/", "-")


def use_request_id(response: apigateway.CfnGatewayResponse) -> None:
    """Show the request id in an error of the gateway: the emulator has no extended request id."""
    for name in ("response_parameters", "response_templates"):
        values = Stack.of(response).resolve(getattr(response, name)) or {}
        shown = {key: text.replace(EXTENDED, "context.requestId") for key, text in values.items()}
        setattr(response, name, shown)


def reject_endpoints(assembly: Path) -> None:
    """Reject templates in which a function has an environment variable with an AWS endpoint.

    Raises:
        ConfigError: A function sets an endpoint.
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
                        f"{variable} of {name} sets an endpoint outside of the emulator: remove "
                        "the variable, or set it only in the environments of AWS"
                    )


def require_handlers(app: App) -> None:
    """Check that the handler of every function is in the source.

    Raises:
        ConfigError: A handler is missing; the message begins with the path and line that name it.
    """
    for construct in app.node.find_all():
        if isinstance(construct, lambda_.CfnFunction):
            handler = construct.handler or ""
            reason = missing_handler(ROOT, handler) if handler.startswith(HANDLERS) else None
            if reason is not None:
                raise ConfigError(reason)


def imported_modules() -> list[str]:
    """Return the paths of the service's modules that the stacks import.

    In a copy of the service, modules of the original may be imported. They are left out.
    """
    files = (
        Path(module.__file__ or "")
        for name, module in list(sys.modules.items())
        if name.startswith(HANDLERS)
    )
    return sorted(file.relative_to(ROOT).as_posix() for file in files if file.is_relative_to(ROOT))


def main() -> None:
    """Synthesize the local environment for the CDK CLI."""
    outdir = Path(os.environ.get("CDK_OUTDIR", ROOT / ".cache/local/cdk.out"))
    try:
        dependencies = build_dependencies(RUNTIME, ARCHITECTURES[platform.machine().lower()])
        config = load()
        local = create_app(
            config,
            package=build_package(RUNTIME),
            dependencies=dependencies,
            outdir=outdir,
            debugged=Debugged.of(os.environ),
        )
        local.app.synth()
        openapi_document.write(outdir, config, local.environment)
        reject_endpoints(outdir)
        require_handlers(local.app)
    except (BundleError, *MISTAKES) as error:
        sys.exit(f"error: {error}")
    imported = json.dumps(imported_modules(), indent=2)
    (outdir / IMPORTED).write_text(f"{imported}\n", encoding="utf-8")
    left_out = {entry.type: entry.instead for entry in local.left_out}
    (outdir / LEFT_OUT).write_text(json.dumps(left_out, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
