"""The CDK application: a stage with every stack of the service for each environment."""

import json
import os
import sys
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from aws_cdk import App, CfnResource, Environment, PermissionsBoundary, Stage, Tags, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from aws_service_kit.app import quotas
from aws_service_kit.app.stack_discovery import DiscoveryError, build_all, discover, service_stacks
from aws_service_kit.config import (
    ENVIRONMENT_NAMES,
    ConfigError,
    EnvironmentConfig,
    EnvironmentName,
    ServiceConfig,
    load,
)
from aws_service_kit.config.loader import written_key
from aws_service_kit.config.runtimes import deprecation_warning
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.encryption_key import STACK, EncryptionKey
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.service import MissingNeighbourError
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.values import key_of_team, unknown_ids
from aws_service_kit.controls.evidence import inputs
from aws_service_kit.controls.evidence.assembly import FOLDER
from aws_service_kit.project import ROOT

# Errors of the team's code or configuration, printed without a traceback: the message is enough.
MISTAKES = (
    ArgumentError,
    ConfigError,
    DiscoveryError,
    MissingNeighbourError,
    quotas.QuotaError,
)

# Disables CDK's check of this limit, whose message has no remedy; `synthesize` checks it instead.
NO_RESOURCE_LIMIT = {"@aws-cdk/core:stackResourceLimit": 0}


def create_app(
    *,
    config: ServiceConfig,
    bundle: Path,
    outdir: Path | None = None,
    environments: Iterable[EnvironmentName] = ENVIRONMENT_NAMES,
    stacks: ModuleType | None = None,
) -> App:
    """Build the construct tree; `synth()` of the result validates and writes it.

    Args:
        config: The service's configuration.
        bundle: Folder with the code of all functions.
        outdir: The cloud assembly's folder; a temporary folder by default.
        environments: The environments to build.
        stacks: The package of the stacks' modules; None is the service's package.

    Raises:
        DiscoveryError: The stacks don't fit together.
        MissingNeighbourError: A stack requires a resource that no stack provides.
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
) -> tuple[App, dict[EnvironmentName, ServiceEnvironment]]:
    """Build the construct tree, and return it with the environments of its stages."""
    app = empty_app(outdir)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True), ServerlessChecks(app))
    built = {
        name: build_environment(app, config=config, name=name, bundle=bundle, stacks=stacks)
        for name in environments
    }
    return app, built


def empty_app(outdir: Path | None = None, *, validation: bool = True) -> App:
    """Return an application without stages, with the same context as in the CDK CLI.

    Args:
        outdir: The cloud assembly's folder; a temporary folder by default.
        validation: Check the templates against CloudFormation's rules.
    """
    if outdir is not None:
        inputs.forget(outdir)
    return App(
        outdir=None if outdir is None else str(outdir),
        # The CLI passes the context of cdk.json. Without the CLI it is read here, so that templates
        # are equal.
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
) -> ServiceEnvironment:
    """Build the stage of one environment and every stack in it.

    Returns:
        The environment with all registered constructs.
    """
    settings = config.environments[name]
    _, environment = build_stage(
        app, config=config, settings=settings, bundle=bundle, stacks=stacks
    )
    refuse_unused_connections(environment)
    return environment


def build_stage(
    app: App,
    *,
    config: ServiceConfig,
    settings: EnvironmentConfig,
    bundle: Path,
    stacks: ModuleType | None = None,
    without: Collection[str] = (),
    preview: bool = False,
) -> tuple[Stage, ServiceEnvironment]:
    """Build the stage of an environment, also of one that isn't in the configuration.

    Args:
        app: The application.
        config: The service's configuration.
        settings: The environment's configuration.
        bundle: Folder with the code of all functions.
        stacks: The package of the stacks' modules; None is the service's package.
        without: Names of modules whose stacks aren't built.
        preview: Build only the stacks of previews.

    Returns:
        The stage, and the environment with all registered constructs.
    """
    boundary = settings.permissions_boundary
    stage = Stage(
        app,
        settings.name,
        env=Environment(account=settings.account, region=settings.region),
        permissions_boundary=None if boundary is None else PermissionsBoundary.from_name(boundary),
    )
    environment = ServiceEnvironment(config=config.of(settings), settings=settings, bundle=bundle)
    if settings.encryption != "aws":
        stack = ServiceStack(
            stage, STACK, environment=environment, description="Key of the service's data"
        )
        environment.key = EncryptionKey(stack, "EncryptionKey")
    package = service_stacks() if stacks is None else stacks
    build_all(discover(package, without, preview=preview), stage, environment)
    remove_empty_stacks(stage)
    for key, value in environment.tags.items():
        Tags.of(stage).add(key, value)
    return stage, environment


def remove_empty_stacks(stage: Stage) -> None:
    """Remove stacks without resources, which CloudFormation rejects."""
    for child in stage.node.children:
        if not any(isinstance(each, CfnResource) for each in child.node.find_all()):
            stage.node.try_remove_child(child.node.id)


def refuse_unused_connections(environment: ServiceEnvironment) -> None:
    """Reject a domain, a VPC or a user pool that no stack uses.

    Raises:
        ConfigError: The environment has such a key.
    """
    settings = environment.settings
    for key, is_used, stack in (
        ("domain", any(api.domain for api in environment.apis), "api"),
        ("user_pool", bool(environment.apis), "api"),
        ("vpc", environment.network is not None, "vpc"),
    ):
        if getattr(settings, key) is not None and not is_used:
            raise ConfigError(
                f"infrastructure/config/team.toml: {key_of_team(environment, key)}: no stack "
                f"uses it: add the stack {stack}, or remove the key"
            )


def refuse_unknown_stack_names(app: App, config: ServiceConfig) -> None:
    """Reject unknown keys of `stack_names`, since the stack would be created under a second name.

    Raises:
        ConfigError: No stack has the key as its short name.
    """
    for name, environment in config.environments.items():
        stage = app.node.try_find_child(name)
        if stage is None:  # an environment that isn't built
            continue
        stacks = [stack.node.id for stack in stage.node.children]
        for domain in environment.stack_names:
            if domain not in stacks:
                key = written_key("environments", name, "stack_names", domain)
                raise ConfigError(
                    f"infrastructure/config/team.toml: {key}: "
                    f"there is no such stack; there are {', '.join(sorted(stacks))}"
                )


def refuse_unknown_ids(environments: Iterable[ServiceEnvironment]) -> None:
    """Reject keys of team.toml for constructs that no environment has.

    Raises:
        ConfigError: No construct has the key as its id.
    """
    built = list(environments)
    for environment in built:
        for table, ids in unknown_ids(environment).items():
            known = set().union(*(other.configurable.get(table, set()) for other in built))
            for construct_id in sorted(ids - known):
                key = key_of_team(environment, table, construct_id)
                raise ConfigError(
                    f"infrastructure/config/team.toml: {key}: "
                    f"no construct has this id; there are: {', '.join(sorted(known)) or 'none'}"
                )


def synthesize(app: App, outdir: Path) -> None:
    """Validate and write an application, and warn of stacks near CloudFormation's quotas.

    Args:
        app: The application.
        outdir: The application's output folder.

    Raises:
        QuotaError: A stack exceeds a quota.
    """
    app.synth()
    for warning in quotas.check(outdir):
        sys.stderr.write(f"warning: {warning}\n")


def synthesize_all(outdir: Path) -> None:
    """Bundle the code, synthesize every environment, and write the OpenAPI and event documents.

    Args:
        outdir: The folder of the assembly.

    Raises:
        BundleError: The bundle can't be built.
    """
    # Imported here, since only a synthesis for deployment needs the bundle and uv.
    from aws_service_kit.app import event_schemas, openapi_document  # noqa: PLC0415
    from aws_service_kit.app.bundle import build_bundle  # noqa: PLC0415

    config = load()
    warning = deprecation_warning(config.lambda_.runtime, datetime.now(UTC).date())
    if warning is not None:
        sys.stderr.write(f"warning: {warning}\n")
    app, environments = build_app(
        config=config,
        bundle=build_bundle(config.lambda_.runtime, config.lambda_.architecture),
        outdir=outdir,
    )
    refuse_unknown_stack_names(app, config)
    refuse_unknown_ids(environments.values())
    synthesize(app, outdir)
    openapi_document.write(outdir, config, environments["dev"])
    event_schemas.write(outdir)


def main() -> None:
    """Synthesize every environment into the folder that the CDK CLI passes, or cdk.out."""
    from aws_service_kit.app.bundle import BundleError  # noqa: PLC0415 - as above

    outdir = Path(os.environ.get("CDK_OUTDIR", ROOT / FOLDER))
    try:
        with inputs.recorded(outdir, ROOT):
            synthesize_all(outdir)
    except (BundleError, *MISTAKES) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
