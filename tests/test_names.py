"""Several services can share an account and region, and deployed services keep their names."""

from __future__ import annotations

import importlib
import json
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml

from tests import exhaustive
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.kernel import empty_bundle, imported_from
from tests.programs import commit_all, git
from tests.releases import BEFORE_1_6, HERE, NUMBER, UPDATES_FROM
from tests.service_checks import task
from tests.team_services import generate
from tests.test_update import unchecked_releases
from tests.test_update import update as update_by_copier

__all__ = ["unchecked_releases"]

ACCOUNT = "111111111111"
ENVIRONMENTS = ("dev", "staging", "prod")
PREVIEWS = ("1", "42", "43")
ANSWERS = {
    "stacks": list(ALL_STACKS),
    "api_authentication": "cognito",
    **{f"{environment}_account": ACCOUNT for environment in ENVIRONMENTS},
}
TEAM = "[previews]\nleave_out = []\n"
# Names that are unique within another named resource, and references to other names.
SCOPED = {
    ("AWS::ApiGateway::Authorizer", "Name"): "of an API",
    ("AWS::ApiGateway::Stage", "StageName"): "of an API",
    ("AWS::CloudWatch::Alarm", "MetricName"): "of a namespace",
    ("AWS::CodeDeploy::DeploymentGroup", "DeploymentConfigName"): "AWS's own",
    ("AWS::EC2::VPCEndpoint", "ServiceName"): "AWS's own",
    ("AWS::IAM::Policy", "PolicyName"): "of a role",
    ("AWS::Lambda::Alias", "Name"): "of a function",
}
# The CDK's name of the bus in the stack events, which is the same in every service.
GENERATED = "deveventsEventsBusAC1F3733"

Stack = tuple[str, dict[str, Any]]


def stacks_of(assembly: Path) -> Iterator[Stack]:
    """Yield the name and the template of every stack."""
    for manifest in assembly.rglob("manifest.json"):
        for artifact in json.loads(manifest.read_text("utf-8"))["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                properties = artifact["properties"]
                template = manifest.parent / properties["templateFile"]
                yield properties["stackName"], json.loads(template.read_text("utf-8"))


def names_in(stack: str, template: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the type and the resolved name of each named resource of a stack."""
    yield "stack", stack
    for output in template.get("Outputs", {}).values():
        if "Export" in output:
            yield "export", resolved(output["Export"]["Name"], stack)
    for body in template["Resources"].values():
        properties = body.get("Properties", {})
        found = {key: value for key, value in properties.items() if key.endswith("Name")}
        found |= {
            key: value for key, value in properties.get("Budget", {}).items() if "Name" in key
        }
        for key, value in found.items():
            if (body["Type"], key) not in SCOPED and not refers(value, template):
                yield f"{body['Type']} {key}", resolved(value, stack)


def refers(value: object, template: dict[str, Any]) -> bool:
    """Return whether a property names another resource, of this stack or another one."""
    if not isinstance(value, dict):
        return False
    ((function, argument),) = value.items()
    name = argument if isinstance(argument, str) else ""
    return function in {"Fn::ImportValue", "Fn::GetAtt"} or name in template["Resources"]


def resolved(value: object, stack: str) -> str:
    """Return a value with the stack's name resolved."""
    text = json.dumps(value, sort_keys=True)
    return text.replace("AWS::StackId", stack).replace('{"Ref": "', f'{{"Ref": "{stack}/')


@pytest.fixture(scope="module")
def assemblies(
    render: Render, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, ...]]:
    """Two services, each with every environment and some previews, all in one account."""
    folder = tmp_path_factory.mktemp("assemblies")
    bundle = empty_bundle(folder / "bundle")
    made = {}
    for name in ("orders", "orders-dev"):
        service = render({**ANSWERS, "service_name": name})
        (service / "infrastructure/config/team.toml").write_text(TEAM, encoding="utf-8")
        outdirs = [folder / name / each for each in ("environments", *PREVIEWS)]
        with imported_from(service):
            config = importlib.import_module("aws_service_kit.config").load()
            application = importlib.import_module("aws_service_kit.app.synthesis")
            app = application.empty_app(outdirs[0], validation=False)
            for environment in ENVIRONMENTS:
                application.build_environment(app, config=config, name=environment, bundle=bundle)
            app.synth()
            # In production's account, which the configuration rejects. Names are unique even there.
            shared = config.previews.model_copy(update={"account": ACCOUNT})
            config = config.model_copy(update={"previews": shared})
            preview = importlib.import_module("aws_service_kit.app.preview")
            for number, outdir in zip(PREVIEWS, outdirs[1:], strict=True):
                preview.create_app(
                    config, number, bundle=bundle, today=date(2026, 11, 30), outdir=outdir
                ).synth()
        made[name] = tuple(outdirs)
    return made


def test_no_two_services_or_previews_share_a_name(
    assemblies: dict[str, tuple[Path, ...]],
) -> None:
    holders: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for outdirs in assemblies.values():
        for outdir in outdirs:
            for stack, template in stacks_of(outdir):
                for name in names_in(stack, template):
                    holders[name].append(stack)
    types = {type_ for type_, _ in holders}
    assert types >= {
        "stack",
        "export",
        "AWS::Events::EventBus Name",
        "AWS::Logs::LogGroup LogGroupName",
    }
    assert {name: stacks for name, stacks in holders.items() if len(stacks) > 1} == {}


def test_retained_resources_do_not_block_a_new_deployment(
    assemblies: dict[str, tuple[Path, ...]],
) -> None:
    """With a fixed name, a retained resource would prevent another deployment of its stack."""
    for outdir in (each for outdirs in assemblies.values() for each in outdirs):
        for stack, template in stacks_of(outdir):
            for logical_id, body in template["Resources"].items():
                if body.get("DeletionPolicy", "Delete") == "Delete":
                    continue
                names = {
                    key: value
                    for key, value in body.get("Properties", {}).items()
                    if key.endswith("Name")
                }
                for value in names.values():
                    # Refers to the stack, or to another resource that is deleted with it.
                    assert '"Ref"' in json.dumps(value), f"{stack}/{logical_id}: {value}"


def bus_and_logs(service: Path, outdir: Path) -> tuple[str, object]:
    """Synthesize dev; return the names of the bus and of the workflow's log group."""
    bundle = empty_bundle(outdir / "bundle")
    with imported_from(service):
        application = importlib.import_module("aws_service_kit.app.synthesis")
        app = application.empty_app(outdir / "assembly", validation=False)
        config = importlib.import_module("aws_service_kit.config").load()
        application.build_environment(app, config=config, name="dev", bundle=bundle)
        app.synth()
    resources = [
        (logical_id, body.get("Properties", {}))
        for _, template in stacks_of(outdir / "assembly")
        for logical_id, body in template["Resources"].items()
    ]
    (bus,) = (found["Name"] for name, found in resources if name == "Events")
    logs = [found for name, found in resources if name.startswith("ProcessingLogs")]
    return bus, logs[0].get("LogGroupName") if logs else None


def take_this_version(service: Path, stacks: list[str]) -> list[str]:
    """Update a service by way of an intermediate release; return its `named_stacks`."""
    update_by_copier(service, {"stacks": stacks}, f"v{UPDATES_FROM}")
    commit_all(service, f"Template v{UPDATES_FROM}")
    result = task(service, "update", "--defaults")
    assert result.returncode == 0, result.stdout
    git(service, "switch", "--quiet", f"template-update-{NUMBER}")
    return named_stacks(service)


def named_stacks(service: Path) -> list[str]:
    answers = yaml.safe_load((service / ".copier-answers.yml").read_text("utf-8"))
    named: list[str] = answers["named_stacks"]
    return named


@exhaustive.MARK
def test_an_old_service_keeps_the_deployed_names(unchecked_releases: Path, tmp_path: Path) -> None:
    chosen = ["api", "events", "workflow"]
    service = generate(
        unchecked_releases, f"v{BEFORE_1_6}", tmp_path / "service", {"stacks": chosen}
    )

    assert take_this_version(service, chosen) == []

    assert bus_and_logs(service, tmp_path / "kept") == (GENERATED, None)
    # The team may rename them, environment by environment.
    team = service / "infrastructure/config/team.toml"
    team.write_text('[environments.dev]\nnamed_stacks = ["*"]\n', encoding="utf-8")
    bus, logs = bus_and_logs(service, tmp_path / "renamed")
    assert bus == "processing-requests-dev-Events"
    assert "/aws/vendedlogs/states/processing-requests-dev-Processing-" in json.dumps(logs)


@exhaustive.MARK
def test_an_added_stack_gets_names(unchecked_releases: Path, tmp_path: Path) -> None:
    service = generate(
        unchecked_releases, f"v{BEFORE_1_6}", tmp_path / "service", {"stacks": ["events"]}
    )
    assert take_this_version(service, ["events", "workflow"]) == ["workflow"]
    bus, logs = bus_and_logs(service, tmp_path / "added")
    assert bus == GENERATED
    assert logs is not None
    # Neither later updates with other answers nor another copy change this.
    update_by_copier(service, {"stacks": ["workflow"]})
    assert named_stacks(service) == ["workflow"]
    commit_all(service, "Update")
    copier.run_recopy(service, vcs_ref=HERE, defaults=True, unsafe=True, overwrite=True, quiet=True)
    assert named_stacks(service) == ["workflow"]


@exhaustive.MARK
def test_the_updaters_rendering_has_the_same_names(releases: Path, tmp_path: Path) -> None:
    """It runs Copier on a copy rendered from the recorded answers, and not on the service."""
    answers = {"stacks": ["api", "events"]}
    service = generate(releases, f"v{BEFORE_1_6}", tmp_path / "service", answers)
    update_by_copier(service, version=f"v{UPDATES_FROM}")
    commit_all(service, f"Template v{UPDATES_FROM}")
    pristine = importlib.import_module("aws_service_kit.update.pristine")
    inspect = importlib.import_module("aws_service_kit.update.service").inspect
    made = pristine.render(
        inspect(service), tmp_path / "pristine", ["--defaults", "--vcs-ref", HERE]
    )
    assert made.answers["named_stacks"] == ["workflow"]
    # The answer is also used for the base of the next update.
    shutil.copy(made.home / ".copier-answers.yml", service)
    commit_all(service, "Update")
    again = pristine.render(inspect(service), tmp_path / "again", ["--defaults", "--vcs-ref", HERE])
    assert again.answers["named_stacks"] == ["workflow"]
    assert again.changed() == []
