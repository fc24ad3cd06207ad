"""A stack over CloudFormation's quotas is rejected, with a reference to the guide."""

import json
import re
from pathlib import Path

import pytest
from aws_service_kit.app import quotas
from aws_service_kit.app import synthesis as app
from aws_service_kit.app.synthesis import build_stage, empty_app
from aws_service_kit.config import ServiceConfig
from aws_service_kit.project import ROOT
from aws_service_kit.testing.synthesis import MakeStacks, without_key

MANY = """
from aws_cdk import aws_sns
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "many", service=service, description="Many")
    for number in range(2):
        aws_sns.CfnTopic(stack, f"One{number}")
    return stack
"""


def assembly(folder: Path, **counts: int) -> Path:
    """Write an assembly with one stack that has a number of resources or outputs."""
    template: dict[str, dict[str, dict[str, str]]] = {
        what.title(): {f"One{number}": {} for number in range(count)}
        for what, count in counts.items()
    }
    stack = {
        "type": "aws:cloudformation:stack",
        "properties": {"stackName": "payments-dev-api", "templateFile": "api.json"},
    }
    manifest = {"artifacts": {"tree": {"type": "cdk:tree"}, "api": stack}}
    (folder / "api.json").write_text(json.dumps(template), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("what", "warned", "most"), [("resources", 400, 500), ("outputs", 160, 200)]
)
def test_stacks_near_a_quota_get_a_warning_and_over_it_an_error(
    what: str, warned: int, most: int, tmp_path: Path
) -> None:
    assert quotas.check(assembly(tmp_path, **{what: warned - 1})) == []
    for count in (warned, most):
        (warning,) = quotas.check(assembly(tmp_path, **{what: count}))
        assert warning.startswith(f"payments-dev-api: {count} of {most} {what}")
    with pytest.raises(quotas.QuotaError, match=quotas.GUIDE):
        quotas.check(assembly(tmp_path, **{what: most + 1}))


def test_the_size_of_a_template_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(quotas.QUOTAS, "bytes", 10)
    with pytest.raises(quotas.QuotaError, match="bytes"):
        quotas.check(assembly(tmp_path, resources=1))


def test_a_manifest_in_the_bundle_is_ignored(tmp_path: Path) -> None:
    """Packages in the bundle may contain files of that name, such as web app manifests."""
    packages = tmp_path / "asset.1" / "package"
    packages.mkdir(parents=True)
    (packages / "manifest.json").write_text('{"short_name": "Docs"}', encoding="utf-8")
    (warning,) = quotas.check(assembly(tmp_path, resources=400))
    assert warning.startswith("payments-dev-api: 400 ")


def test_a_synthesis_prints_warnings_and_fails(
    make_stacks: MakeStacks,
    config: ServiceConfig,
    bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    built = empty_app(tmp_path, validation=False)
    config = without_key(config)
    environment = config.environments["dev"]
    stacks = make_stacks(many=MANY)
    build_stage(built, config=config, settings=environment, bundle=bundle, stacks=stacks)
    monkeypatch.setitem(quotas.QUOTAS, "resources", 2)
    app.synthesize(built, tmp_path)
    assert re.search("^warning: .*-many: 2 of 2 resources", capsys.readouterr().err)
    monkeypatch.setitem(quotas.QUOTAS, "resources", 1)
    with pytest.raises(app.MISTAKES, match="2 of 1 resources"):
        app.synthesize(built, tmp_path)


def test_the_cdks_check_of_the_quota_is_off(tmp_path: Path) -> None:
    assert empty_app(tmp_path).node.try_get_context("@aws-cdk/core:stackResourceLimit") == 0


def test_the_guide_exists() -> None:
    assert (ROOT / quotas.GUIDE).is_file()
