"""The local environment equals dev, except for what the emulator doesn't support."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.encryption_key import STACK
from aws_service_kit.local.app import create_app
from aws_service_kit.local.unsupported import UNSUPPORTED
from aws_service_kit.testing.synthesis import Json, Synthesized

LEFT_OUT = {entry.type for entry in UNSUPPORTED if entry.only_with is None}
# Types of which some or all resources are left out.
PARTLY = {entry.type for entry in UNSUPPORTED} - LEFT_OUT
# Types that dev may have and the local environment never has: canary, firewall, domain.
SWITCHED_OFF = (
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::DomainName",
    "AWS::CertificateManager::",
    "AWS::CodeDeploy::",
    "AWS::Route53::",
    "AWS::WAFv2::",
)
# Types that the local environment creates, where dev uses existing resources.
MADE_LOCALLY = {"user_pool": "AWS::Cognito::", "vpc": "AWS::EC2::"}


def _synthesize(config: ServiceConfig, bundle: Path, folder: Path) -> dict[str, Json]:
    """Return the local environment's templates by stack."""
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
    """Templates don't depend on time or randomness."""
    assert _synthesize(config, bundle, tmp_path) == templates


def types_of(resources: Json) -> set[str]:
    return {resource["Type"] for resource in resources.values()}


def test_only_unsupported_resources_are_left_out(
    templates: dict[str, Json], synthesized: Synthesized, config: ServiceConfig
) -> None:
    dev = config.environments["dev"]
    connected = tuple(
        prefix for key, prefix in MADE_LOCALLY.items() if getattr(dev, key) is not None
    )
    local = {
        resource_type
        for one in templates.values()
        for resource_type in types_of(one.get("Resources", {}))
        if not resource_type.startswith(connected)
    }
    in_dev = {
        resource.kind
        for resource in synthesized.resources(environment="dev")
        if not resource.stack.endswith(f"-{STACK}") and not resource.kind.startswith(connected)
    }
    switched_off = {each for each in in_dev if each.startswith(SWITCHED_OFF)}
    assert in_dev - local - PARTLY - switched_off == in_dev & LEFT_OUT
    assert local <= in_dev


def referred(value: Any) -> Iterator[str]:  # noqa: ANN401 (any part of a template)
    """Return the logical ids that a part of a template refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            yield name
        case dict():
            for each in value.values():
                yield from referred(each)
        case list():
            for each in value:
                yield from referred(each)


def test_no_resource_refers_to_one_that_is_left_out(templates: dict[str, Json]) -> None:
    for template in templates.values():
        there = {*template.get("Resources", {}), *template.get("Parameters", {})}
        names = {name for name in referred(template) if not name.startswith("AWS::")}
        assert names <= there
