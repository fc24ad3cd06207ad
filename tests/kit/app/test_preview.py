"""A preview of a pull request: the settings of dev, other names, and complete removal."""

from pathlib import Path

import pytest
from aws_service_kit.app.preview import create_app, preview_environment
from aws_service_kit.config import ConfigError, ServiceConfig
from aws_service_kit.config.schema import PreviewsSection
from aws_service_kit.config.tags import EXPIRY_TAG
from aws_service_kit.testing.suites.infrastructure.previews import (
    NAME,
    TODAY,
    assert_ends,
    synthesize,
)
from aws_service_kit.testing.synthesis import MakeStacks, Synthesized, without_key

ACCOUNT = "444444444444"

STACK = """
from aws_cdk import Duration

from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Table

OFFERS = ()
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "{0}", service=service, description="Sample"{1})
    Bucket(stack, "Files", service=service, expire_after=Duration.days(90))
    Table(stack, "Rows", service=service, partition_key="pk", sort_key="sk")
    return stack
"""


def modules(*domains: str) -> dict[str, str]:
    return {domain: STACK.format(domain, "") for domain in domains}


def with_previews(config: ServiceConfig, **values: object) -> ServiceConfig:
    """Return the configuration with the default settings of previews, and other values."""
    section = PreviewsSection.model_validate({"account": ACCOUNT, **values})
    return without_key(config).model_copy(update={"previews": section})


@pytest.fixture
def preview(
    config: ServiceConfig, bundle: Path, make_stacks: MakeStacks, tmp_path: Path
) -> Synthesized:
    stacks = make_stacks(**modules("files", "dashboard", "finops", "monitoring"))
    return synthesize(with_previews(config), bundle, tmp_path / "preview", stacks)


def test_a_preview_can_be_removed_completely(config: ServiceConfig, preview: Synthesized) -> None:
    assert_ends(preview)
    # It has no stacks for alarms and costs.
    (stack,) = preview.stacks(NAME)
    assert stack.stack_name == f"{config.service.name}-{NAME}-files"
    assert stack.tags["service"] == config.service.name
    assert stack.tags[EXPIRY_TAG] == "2026-12-08"


def test_the_role_that_removes_a_preview_may_empty_its_buckets(
    config: ServiceConfig, preview: Synthesized
) -> None:
    (policy,) = preview.resources("AWS::S3::BucketPolicy")
    (allowed,) = (
        statement
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    )
    role = f"arn:aws:iam::{ACCOUNT}:role/{config.service.name}-preview-cleanup"
    assert allowed["Principal"] == {"AWS": role}
    assert allowed["Action"] == [
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:ListBucketVersions",
    ]


def test_excluded_stacks_and_lifetime_are_configurable(
    config: ServiceConfig, bundle: Path, make_stacks: MakeStacks, tmp_path: Path
) -> None:
    stacks = make_stacks(**modules("files", "network"))
    chosen = with_previews(config, leave_out=("network", "nothing"), days=1)
    (stack,) = synthesize(chosen, bundle, tmp_path / "preview", stacks).stacks(NAME)
    assert stack.stack_name.endswith("-files")
    assert stack.tags[EXPIRY_TAG] == "2026-12-02"


def test_a_preview_is_in_the_region_of_dev_by_default(config: ServiceConfig) -> None:
    dev = config.environments["dev"]
    assert with_previews(config).previews_region == dev.region
    assert with_previews(config, region="eu-west-1").previews_region == "eu-west-1"


@pytest.mark.parametrize("number", ["0", "-1", "07", "1234567", "main", "", "4 2", "٤"])
def test_the_name_of_a_preview_must_be_a_number(config: ServiceConfig, number: str) -> None:
    with pytest.raises(ConfigError, match="is no pull request's number: 1 to 999999 are allowed"):
        preview_environment(config, number)


def test_a_stack_in_another_region_is_rejected(
    config: ServiceConfig, bundle: Path, make_stacks: MakeStacks
) -> None:
    stacks = make_stacks(edge=STACK.format("edge", ', region="eu-north-1"'))
    with pytest.raises(ConfigError, match=rf"{NAME}-edge is in eu-north-1, but previews are remov"):
        create_app(with_previews(config), "42", bundle=bundle, today=TODAY, stacks=stacks)
