"""A pull request's preview is dev under another name, and leaves nothing behind."""

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
    """Return the configuration with previews by the defaults, whatever the service's own are."""
    section = PreviewsSection.model_validate({"account": ACCOUNT, **values})
    return without_key(config).model_copy(update={"previews": section})


@pytest.fixture
def preview(
    config: ServiceConfig, bundle: Path, make_stacks: MakeStacks, tmp_path: Path
) -> Synthesized:
    stacks = make_stacks(**modules("files", "dashboard", "finops", "monitoring"))
    return synthesize(with_previews(config), bundle, tmp_path / "preview", stacks)


def test_it_ends(config: ServiceConfig, preview: Synthesized) -> None:
    assert_ends(preview)
    # Nor has it what tells people of failures and costs.
    (stack,) = preview.stacks(NAME)
    assert stack.stack_name == f"{config.service.name}-{NAME}-files"
    assert stack.tags["service"] == config.service.name
    assert stack.tags[EXPIRY_TAG] == "2026-12-08"


def test_who_removes_it_may_empty_its_buckets(config: ServiceConfig, preview: Synthesized) -> None:
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


def test_a_team_says_what_is_left_out_and_how_long_it_lives(
    config: ServiceConfig, bundle: Path, make_stacks: MakeStacks, tmp_path: Path
) -> None:
    stacks = make_stacks(**modules("files", "network"))
    chosen = with_previews(config, leave_out=("network", "nothing"), days=1)
    (stack,) = synthesize(chosen, bundle, tmp_path / "preview", stacks).stacks(NAME)
    assert stack.stack_name.endswith("-files")
    assert stack.tags[EXPIRY_TAG] == "2026-12-02"


def test_it_is_in_dev_s_region_unless_another_is_chosen(config: ServiceConfig) -> None:
    dev = config.environments["dev"]
    assert with_previews(config).previews_region == dev.region
    assert with_previews(config, region="eu-west-1").previews_region == "eu-west-1"


@pytest.mark.parametrize("number", ["0", "-1", "07", "1234567", "main", "", "4 2", "٤"])
def test_only_a_number_names_one(config: ServiceConfig, number: str) -> None:
    with pytest.raises(ConfigError, match="is no pull request's number: 1 to 999999 are allowed"):
        preview_environment(config, number)


def test_a_stack_that_nobody_would_remove_is_refused(
    config: ServiceConfig, bundle: Path, make_stacks: MakeStacks
) -> None:
    stacks = make_stacks(edge=STACK.format("edge", ', region="eu-north-1"'))
    with pytest.raises(ConfigError, match=rf"{NAME}-edge is in eu-north-1, but previews are remov"):
        create_app(with_previews(config), "42", bundle=bundle, today=TODAY, stacks=stacks)
