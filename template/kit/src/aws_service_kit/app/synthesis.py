"""The CDK application: a stage per environment, holding every stack of the service."""

import json
import os
import sys
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from aws_cdk import App, Environment, PermissionsBoundary, Stage, Tags, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from aws_service_kit.app import quotas
from aws_service_kit.app.discovery import DiscoveryError, build_all, discover, own_stacks
from aws_service_kit.config import (
    ENVIRONMENT_NAMES,
    ConfigError,
    EnvironmentConfig,
    EnvironmentName,
    ServiceConfig,
    load,
)
from aws_service_kit.config.runtimes import deprecation_warning
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.encryption_key import STACK, EncryptionKey
from aws_service_kit.constructs.service import MissingNeighbourError, Service
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.controls.evidence import inputs
from aws_service_kit.controls.evidence.assembly import FOLDER
from aws_service_kit.project import ROOT

# What a team can get wrong: each tells in a line what to change, so nobody needs a traceback.
MISTAKES = (
    ArgumentError,
    ConfigError,
    DiscoveryError,
    MissingNeighbourError,
    quotas.QuotaError,
)

# The CDK's own limit, whose error names no way on: `synthesize` looks instead.
NO_RESOURCE_LIMIT = {"@aws-cdk/core:stackResourceLimit": 0}


def create_app(
    *,
    config: ServiceConfig,
    bundle: Path,
    outdir: Path | None = None,
    environments: Iterable[EnvironmentName] = ENVIRONMENT_NAMES,
    stacks: ModuleType | None = None,
) -> App:
    """Build the construct tree; `synth()` of what comes back validates and writes it.

    Args:
        config: The service's configuration.
        bundle: Folder that all functions run from.
        outdir: Where the cloud assembly goes; a temporary folder by default.
        environments: Which environments to build.
        stacks: The package that holds the stacks' modules; None is the service's own.

    Raises:
        DiscoveryError: The stacks don't fit together.
        MissingNeighbourError: A stack needs what no other stack offers.
    """
    app, _ = build_app(
        config=config, bundle=bundle, outdir=outdir, environments=environments, stacks=stacks
    )
    return app


def build_app(
    *,
    config: ServiceConfig,
    bundle: Path,
    outdir: Path | None = None,
    environments: Iterable[EnvironmentName] = ENVIRONMENT_NAMES,
    stacks: ModuleType | None = None,
) -> tuple[App, dict[EnvironmentName, Service]]:
    """Build the same, and return what the stacks of each environment offered and made besides."""
    app = bare_app(outdir)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True), ServerlessChecks(app))
    services = {
        name: build_environment(app, config=config, name=name, bundle=bundle, stacks=stacks)
        for name in environments
    }
    return app, services


def bare_app(outdir: Path | None = None, *, validation: bool = True) -> App:
    """Make an application without a stage, which synthesizes what the CDK CLI would.

    Args:
        outdir: Where the cloud assembly goes; a temporary folder by default.
        validation: CloudFormation's own rules are held to it.
    """
    if outdir is not None:
        inputs.forget(outdir)
    return App(
        outdir=None if outdir is None else str(outdir),
        # The CLI hands over cdk.json's context; read here, a bare run gives the same templates.
        context={
            **json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"],
            **NO_RESOURCE_LIMIT,
        },
        analytics_reporting=False,
        builtin_cloud_formation_validation=validation,
    )


def build_environment(
    app: App,
    *,
    config: ServiceConfig,
    name: EnvironmentName,
    bundle: Path,
    stacks: ModuleType | None = None,
) -> Service:
    """Build the stage of one environment and every stack in it.

    Returns:
        What the stacks offered and made.
    """
    environment = config.environments[name]
    _, service = build_stage(
        app, config=config, environment=environment, bundle=bundle, stacks=stacks
    )
    return service


def build_stage(
    app: App,
    *,
    config: ServiceConfig,
    environment: EnvironmentConfig,
    bundle: Path,
    stacks: ModuleType | None = None,
    without: Collection[str] = (),
) -> tuple[Stage, Service]:
    """Build a stage from the configuration of an environment, which need not be a deployed one.

    Args:
        app: The application.
        config: The service's configuration.
        environment: The environment's.
        bundle: Folder that all functions run from.
        stacks: The package that holds the stacks' modules; None is the service's own.
        without: Names of modules whose stacks aren't built.

    Returns:
        The stage, and what its stacks offered and made.
    """
    boundary = environment.permissions_boundary
    stage = Stage(
        app,
        environment.name,
        env=Environment(account=environment.account, region=environment.region),
        permissions_boundary=None if boundary is None else PermissionsBoundary.from_name(boundary),
    )
    service = Service(config=config, environment=environment, bundle=bundle)
    if environment.encryption != "aws":
        stack = ServiceStack(stage, STACK, service=service, description="Key of the service's data")
        service.key = EncryptionKey(stack, "EncryptionKey", service=service)
    build_all(discover(own_stacks() if stacks is None else stacks, without), stage, service)
    for key, value in service.tags.items():
        Tags.of(stage).add(key, value)
    return stage, service


def refuse_unknown_stack_names(app: App, config: ServiceConfig) -> None:
    """Refuse a typo in `stack_names`: a stack would be created beside the one that it means.

    Raises:
        ConfigError: A key is the name of no stack.
    """
    for name, environment in config.environments.items():
        stage = app.node.try_find_child(name)
        if stage is None:  # an environment that isn't built
            continue
        stacks = [stack.node.id for stack in stage.node.children]
        for domain in environment.stack_names:
            if domain not in stacks:
                raise ConfigError(
                    f"infrastructure/config/team.toml: environments.{name}.stack_names.{domain}: "
                    f"there is no such stack; there are {', '.join(sorted(stacks))}"
                )


def synthesize(app: App, outdir: Path) -> None:
    """Validate and write an application, and warn of stacks that are nearly full.

    Args:
        app: The application.
        outdir: The folder that it was made for.

    Raises:
        QuotaError: CloudFormation would refuse a stack.
    """
    app.synth()
    for warning in quotas.check(outdir):
        sys.stderr.write(f"warning: {warning}\n")


def synthesize_all(outdir: Path) -> None:
    """Bundle the code and synthesize every environment, and the API's OpenAPI document besides.

    Args:
        outdir: The folder of the assembly.

    Raises:
        BundleError: The bundle can't be built.
    """
    # Only a run that deploys needs the bundle, and with it uv.
    from aws_service_kit.app import openapi  # noqa: PLC0415
    from aws_service_kit.app.bundle import build_bundle  # noqa: PLC0415

    config = load()
    warning = deprecation_warning(config.lambda_.runtime, datetime.now(UTC).date())
    if warning is not None:
        sys.stderr.write(f"warning: {warning}\n")
    app, services = build_app(
        config=config,
        bundle=build_bundle(config.lambda_.runtime, config.lambda_.architecture),
        outdir=outdir,
    )
    refuse_unknown_stack_names(app, config)
    synthesize(app, outdir)
    openapi.write(outdir, config, services["dev"])


def main() -> None:
    """Synthesize every environment into cdk.out, or where the CDK CLI says."""
    from aws_service_kit.app.bundle import BundleError  # noqa: PLC0415 - as above

    outdir = Path(os.environ.get("CDK_OUTDIR", ROOT / FOLDER))
    try:
        with inputs.recorded(outdir, ROOT):
            synthesize_all(outdir)
    except (BundleError, *MISTAKES) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
