"""The CDK application of a pull request's preview: `python -m aws_service_kit.app.preview 42`."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType

from aws_cdk import App, Stack, Stage, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from pydantic import TypeAdapter, ValidationError

from aws_service_kit.app.bundle import BundleError, build_bundle
from aws_service_kit.app.synthesis import MISTAKES, bare_app, build_stage, synthesize
from aws_service_kit.config import ConfigError, EnvironmentConfig, ServiceConfig, load
from aws_service_kit.config.schema import PreviewName
from aws_service_kit.project import ROOT

# The last day, by which kit/src/aws_service_kit/operations/previews.py finds what has to go.
EXPIRY_TAG = "expires-on"
# What tells people, or tells of money: a preview's failures and costs are nobody's alarm.
LEFT_OUT = ("dashboard", "finops", "monitoring")


def preview_environment(config: ServiceConfig, number: str) -> EnvironmentConfig:
    """Give dev's configuration, where nothing outlives the preview.

    Args:
        config: The service's configuration.
        number: The pull request's.

    Raises:
        ConfigError: It isn't a number of at most six digits.
    """
    try:
        name = TypeAdapter(PreviewName).validate_python(f"pr-{number}")
    except ValidationError:
        raise ConfigError(
            f"{number!r} is no pull request's number: 1 to 999999 are allowed"
        ) from None
    return config.environments["dev"].model_copy(
        update={
            "name": name,
            "account": config.previews.account,
            "region": config.previews_region,
            "removal": "destroy",
            "deletion_protection": False,
            "termination_protection": False,
            "stack_names": {},
            # Previews of several services share an account, and none is older than a few days.
            "named_stacks": ("*",),
        }
    )


def create_app(
    config: ServiceConfig,
    number: str,
    *,
    bundle: Path,
    today: date,
    outdir: Path | None = None,
    stacks: ModuleType | None = None,
) -> App:
    """Build the construct tree of a preview.

    CloudFormation's rules and the rule packs hold for the environments, which have the same parts.

    Args:
        config: The service's configuration.
        number: The pull request's.
        bundle: Folder that all functions run from.
        today: From when it lives.
        outdir: Where the assembly goes.
        stacks: The package that holds the stacks' modules; None is the service's own.

    Raises:
        ConfigError: The number is none, or a stack is in another region.
    """
    app = bare_app(outdir, validation=False)
    environment = preview_environment(config, number)
    stage, _ = build_stage(
        app,
        config=config,
        environment=environment,
        bundle=bundle,
        stacks=stacks,
        without=(*LEFT_OUT, *config.previews.leave_out),
    )
    expires_on = today + timedelta(days=config.previews.days)
    # CloudFormation hands a stack's tags on to its resources.
    Tags.of(stage).add(EXPIRY_TAG, expires_on.isoformat(), include_resource_types=["aws:cdk:stack"])
    cleaner = iam.ArnPrincipal(
        f"arn:aws:iam::{environment.account}:role/{config.service.name}-preview-cleanup"
    )
    for construct in stage.node.find_all():
        if isinstance(construct, s3.Bucket):
            let_empty(construct, cleaner)
    refuse_other_regions(stage, environment.region)
    return app


def let_empty(bucket: s3.Bucket, cleaner: iam.IPrincipal) -> None:
    """Let the role that removes previews empty a bucket, which CloudFormation can't delete full.

    The bucket says it, since no policy of the role's could name it: CloudFormation makes its name.
    """
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="EmptyBeforeRemoval",
            principals=[cleaner],
            actions=["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions"],
            resources=[bucket.bucket_arn, bucket.arn_for_objects("*")],
        )
    )


def refuse_other_regions(stage: Stage, region: str) -> None:
    """Refuse stacks that those who remove previews wouldn't find.

    Raises:
        ConfigError: A stack is in another region.
    """
    for stack in stage.node.find_all():
        if isinstance(stack, Stack) and stack.region != region:
            raise ConfigError(
                f"{stack.stack_name} is in {stack.region}, but previews are removed from {region} "
                "alone: add its module to previews.leave_out in infrastructure/config/team.toml"
            )


def main(arguments: Sequence[str]) -> None:
    """Synthesize a preview where the CDK CLI says; the argument is the pull request's number."""
    (number,) = arguments
    try:
        config = load()
        outdir = Path(os.environ.get("CDK_OUTDIR", ROOT / ".cache/preview"))
        app = create_app(
            config,
            number,
            bundle=build_bundle(config.lambda_.runtime, config.lambda_.architecture),
            today=datetime.now(UTC).date(),
            outdir=outdir,
        )
        synthesize(app, outdir)
    except (BundleError, *MISTAKES) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
