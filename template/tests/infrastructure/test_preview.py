# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""A pull request's preview is dev under another name, and leaves nothing behind."""

from datetime import date
from pathlib import Path

import pytest

from infrastructure.config import ConfigError, ServiceConfig
from infrastructure.preview import EXPIRY_TAG, create_app, preview_environment
from tests.infrastructure.synthesis import MakeStacks, Synthesized

ACCOUNT = "444444444444"
TODAY = date(2026, 12, 1)
NAME = "pr-42"
# What tells people of failures and costs, by the ends of the stacks' names.
NOT_PREVIEWED = {"billing", "dashboard", "finops", "monitoring"}


def with_previews(config: ServiceConfig, **values: object) -> ServiceConfig:
    section = config.previews.model_copy(update={"account": ACCOUNT, **values})
    return config.model_copy(update={"previews": section})


def synthesize(config: ServiceConfig, bundle: Path, folder: Path) -> Synthesized:
    create_app(config, "42", bundle=bundle, today=TODAY, outdir=folder).synth()
    return Synthesized(folder, (NAME,))


def domains(service: Synthesized, prefix: str, environment: str) -> dict[str, set[str]]:
    """Give the types of the resources of each stack, by the end of its name."""
    found: dict[str, set[str]] = {}
    for resource in service.resources(environment=environment):
        found.setdefault(resource.stack.removeprefix(prefix), set()).add(resource.kind)
    return found


@pytest.fixture(scope="module")
def preview(
    config: ServiceConfig, bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Synthesized:
    return synthesize(with_previews(config), bundle, tmp_path_factory.mktemp("preview"))


def test_every_stack_is_of_the_pull_request_and_says_when_it_ends(
    config: ServiceConfig, preview: Synthesized
) -> None:
    assert preview.stacks(NAME)
    for stack in preview.stacks(NAME):
        assert stack.stack_name.startswith(f"{config.service.name}-{NAME}-")
        assert stack.tags["service"] == config.service.name
        assert stack.tags["environment"] == NAME
        assert stack.tags[EXPIRY_TAG] == "2026-12-08"
        assert not stack.termination_protection


def test_it_has_what_dev_has_but_for_what_tells_people(
    config: ServiceConfig, preview: Synthesized, synthesized_here: Synthesized
) -> None:
    name = config.service.name
    here = domains(preview, f"{name}-{NAME}-", NAME)
    in_dev = domains(synthesized_here, f"{name}-dev-", "dev")
    assert here == {domain: in_dev[domain] for domain in in_dev.keys() - NOT_PREVIEWED}


def test_nothing_outlives_it(preview: Synthesized) -> None:
    """A function's versions go with it, whatever their policy says."""
    retained = {
        resource.kind
        for resource in preview.resources()
        if resource.body.get("DeletionPolicy", "Delete") != "Delete"
    }
    assert retained <= {"AWS::Lambda::Version"}
    for resource in preview.resources():
        assert resource.properties.get("DeletionProtectionEnabled") in {None, False}
        assert resource.properties.get("DeletionProtection") in {None, "INACTIVE"}


def test_who_removes_it_may_empty_its_buckets(config: ServiceConfig, preview: Synthesized) -> None:
    allowed = [
        statement["Principal"]["AWS"]
        for policy in preview.resources("AWS::S3::BucketPolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement.get("Sid") == "EmptyBeforeRemoval"
    ]
    cleaner = f"arn:aws:iam::{ACCOUNT}:role/{config.service.name}-preview-cleanup"
    assert allowed == [cleaner] * len(preview.resources("AWS::S3::Bucket"))


def test_a_team_says_what_is_left_out_and_how_long_it_lives(
    config: ServiceConfig, bundle: Path, preview: Synthesized, tmp_path: Path
) -> None:
    smaller = synthesize(with_previews(config, leave_out=("vpc",), days=1), bundle, tmp_path)
    names, left = ({s.stack_name for s in each.stacks(NAME)} for each in (preview, smaller))
    assert left == {name for name in names if not name.endswith("-vpc")}
    assert {stack.tags[EXPIRY_TAG] for stack in smaller.stacks(NAME)} == {"2026-12-02"}


def test_it_is_in_dev_s_region_unless_another_is_chosen(config: ServiceConfig) -> None:
    assert config.previews_region == config.environments["dev"].region
    assert with_previews(config, region="eu-west-1").previews_region == "eu-west-1"


@pytest.mark.parametrize("number", ["0", "-1", "07", "1234567", "main", "", "4 2", "٤"])
def test_only_a_number_names_one(config: ServiceConfig, number: str) -> None:
    with pytest.raises(ConfigError, match="is no pull request's number: 1 to 999999 are allowed"):
        preview_environment(config, number)


ELSEWHERE = """
from infrastructure.components.stack import ServiceStack

OFFERS = ()
USES = ()


def build(stage, service):
    return ServiceStack(stage, "edge", service=service, description="x", region="eu-north-1")
"""


def test_a_stack_that_nobody_would_remove_is_refused(
    config: ServiceConfig, bundle: Path, make_stacks: MakeStacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infrastructure.stacks.__path__", make_stacks(edge=ELSEWHERE).__path__)
    with pytest.raises(ConfigError, match=rf"{NAME}-edge is in eu-north-1, but previews are remov"):
        create_app(with_previews(config), "42", bundle=bundle, today=TODAY)
