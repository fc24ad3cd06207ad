"""The local environment is the service, but for what the emulator can't make."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.encryption_key import STACK
from aws_service_kit.local.app import create_app
from aws_service_kit.local.not_emulated import NOT_EMULATED
from aws_service_kit.testing.synthesis import Json, Synthesized

LEFT_OUT = {entry.kind for entry in NOT_EMULATED if entry.only_with is None}
# Of these perhaps all are left out, perhaps none: a storage stack alone has but alarms on sums.
PARTLY = {entry.kind for entry in NOT_EMULATED} - LEFT_OUT
# What dev may have and a local environment never has: a canary and a firewall.
SWITCHED_OFF = ("AWS::CodeDeploy::", "AWS::WAFv2::")


def _synthesize(config: ServiceConfig, bundle: Path, folder: Path) -> dict[str, Json]:
    """Give the local environment's templates, by stack."""
    create_app(config, package=bundle, dependencies=bundle, outdir=folder).app.synth()
    return {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.template.json")
    }


@pytest.fixture(scope="module")
def templates(
    config: ServiceConfig, bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Json]:
    return _synthesize(config, bundle, tmp_path_factory.mktemp("local"))


def test_another_synthesis_gives_the_same_templates(
    templates: dict[str, Json], config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    """Nothing in a stack depends on the time or on chance."""
    assert _synthesize(config, bundle, tmp_path) == templates


def kinds(resources: Json) -> set[str]:
    return {resource["Type"] for resource in resources.values()}


def test_only_what_cannot_be_emulated_is_left_out(
    templates: dict[str, Json], synthesized: Synthesized
) -> None:
    local = {kind for one in templates.values() for kind in kinds(one.get("Resources", {}))}
    in_dev = {
        resource.kind
        for resource in synthesized.resources(environment="dev")
        if not resource.stack.endswith(f"-{STACK}")
    }
    switched_off = {kind for kind in in_dev if kind.startswith(SWITCHED_OFF)}
    assert in_dev - local - PARTLY - switched_off == in_dev & LEFT_OUT
    assert local <= in_dev


def referred(value: Any) -> Iterator[str]:  # noqa: ANN401 (any part of a template)
    """Give the logical ids that a part of a template refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            yield name
        case dict():
            for each in value.values():
                yield from referred(each)
        case list():
            for each in value:
                yield from referred(each)


def test_nothing_refers_to_what_is_left_out(templates: dict[str, Json]) -> None:
    for template in templates.values():
        there = {*template.get("Resources", {}), *template.get("Parameters", {})}
        names = {name for name in referred(template) if not name.startswith("AWS::")}
        assert names <= there
