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
from aws_service_kit.app.synthesis import MISTAKES, build_stage, empty_app, synthesize
from aws_service_kit.config import ConfigError, EnvironmentConfig, ServiceConfig, load
from aws_service_kit.config.schema import PreviewName
from aws_service_kit.config.tags import EXPIRY_TAG
from aws_service_kit.project import ROOT


def preview_environment(config: ServiceConfig, number: str) -> EnvironmentConfig:
    """Return dev's configuration without retained resources.

    Args:
        config: The service's configuration.
        number: The pull request's number.

    Raises:
        ConfigError: It isn't a number of at most six digits.
    """
    try:
        name = TypeAdapter(PreviewName).validate_python(f"pr-{number}")
    except ValidationError:
        raise ConfigError(
            f"{number!r} is no pull request's number: 1 to 999999 are allowed"
        ) from None
    dev = config.environments["dev"]
    # The ids of dev's VPC and user pool mean nothing in another account or region.
    here = (config.previews.account, config.previews_region) == (dev.account, dev.region)
    return dev.model_copy(
        update={
            "name": name,
            "account": config.previews.account,
            "region": config.previews_region,
            "removal": "destroy",
            "deletion_protection": False,
            "termination_protection": False,
            "stack_names": {},
            # Previews of several services share an account and exist for a few days.
            "named_stacks": ("*",),
            # Only one API of a region can have a domain.
            "domain": None,
            "vpc": dev.vpc if here else None,
            "user_pool": dev.user_pool if here else None,
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

    The templates aren't validated: CloudFormation's rules and the rule packs check the
    environments, which have the same resources.

    Args:
        config: The service's configuration.
        number: The pull request's number.
        bundle: The code bundle's folder.
        today: The date of the deployment.
        outdir: The assembly's folder.
        stacks: The package of the stacks' modules; None is the service's package.

    Raises:
        ConfigError: The number is invalid, or a stack is in another region.
    """
    app = empty_app(outdir, validation=False)
    environment = preview_environment(config, number)
    stage, _ = build_stage(
        app,
        config=config,
        settings=environment,
        bundle=bundle,
        stacks=stacks,
        without=config.previews.leave_out,
        preview=True,
    )
    expires_on = today + timedelta(days=config.previews.days)
    # CloudFormation propagates a stack's tags to its resources.
    Tags.of(stage).add(EXPIRY_TAG, expires_on.isoformat(), include_resource_types=["aws:cdk:stack"])
    cleaner = iam.ArnPrincipal(
        f"arn:aws:iam::{environment.account}:role/{config.service.name}-preview-cleanup"
    )
    for construct in stage.node.find_all():
        if isinstance(construct, s3.Bucket):
            allow_emptying(construct, cleaner)
    require_region(stage, environment.region)
    return app


def allow_emptying(bucket: s3.Bucket, cleaner: iam.IPrincipal) -> None:
    """Allow the clean-up role to empty a bucket, since CloudFormation deletes only empty buckets.

    The permission is in the bucket's policy: CloudFormation generates the bucket's name, so the
    role's policy can't contain it.
    """
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="EmptyBeforeRemoval",
            principals=[cleaner],
            actions=["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions"],
            resources=[bucket.bucket_arn, bucket.arn_for_objects("*")],
        )
    )


def require_region(stage: Stage, region: str) -> None:
    """Reject stacks in other regions than the previews', where the clean-up doesn't search.

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
    """Synthesize a preview for the CDK CLI; the argument is the pull request's number."""
    if len(arguments) != 1:
        sys.exit("error: pass the pull request's number")
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
