"""A stack or an option of a deployed service is switched on or off in one deployment."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import CrossStackReferences, ReferenceStrength

from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.kernel import empty_bundle, imported_from

Templates = Mapping[str, dict[str, Any]]
Synthesize = Callable[..., Templates]

# Modules of each answer in `infrastructure/stacks/`, if they differ from its name.
MODULES = {"monitoring": ("monitoring", "dashboard")}
OPTIONS: Mapping[str, Mapping[str, object]] = {
    "a canary": {"canary": False},
    "a firewall": {"waf": False},
    "a boundary": {"permissions_boundary": "developer-boundary"},
    "other origins": {"cors_allow_origins": ("https://app.example.com",)},
    "protection": {"deletion_protection": False, "termination_protection": False},
    "removal": {"removal": "destroy"},
    "recovery": {"point_in_time_recovery": False},
    "names": {"named_stacks": ()},
    "a log level": {"log_level": "DEBUG"},
}
# Renaming a bus takes several steps: kit/guides/rename-a-bus.md.
IN_STEPS = {"names"}


@pytest.fixture(scope="module")
def synthesize(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synthesize]:
    """Return a function that synthesizes prod, without some stacks or with other options."""
    service = render({"stacks": list(ALL_STACKS)})
    bundle = empty_bundle(tmp_path_factory.mktemp("service") / "bundle")
    known: dict[str, Templates] = {}
    with imported_from(service):
        application = importlib.import_module("aws_service_kit.app.synthesis")
        config = importlib.import_module("aws_service_kit.config").load()

        def make(
            without: Collection[str] = (),
            options: Mapping[str, object] | None = None,
            weak: Collection[str] = (),
            owner: str = config.service.owner,
        ) -> Templates:
            key = repr((without, options, weak, owner))
            if key not in known:
                outdir = tmp_path_factory.mktemp("assembly")
                app = application.empty_app(outdir, validation=False)
                section = config.service.model_copy(update={"owner": owner})
                with referring_weakly(weak):
                    application.build_stage(
                        app,
                        config=config.model_copy(update={"service": section}),
                        settings=config.environments["prod"].model_copy(update=options or {}),
                        bundle=bundle,
                        without=[name for each in without for name in MODULES.get(each, (each,))],
                    )
                app.synth()
                known[key] = dict(templates_of(outdir / "assembly-prod"))
            return known[key]

        yield make


@contextmanager
def referring_weakly(stacks: Collection[str]) -> Iterator[None]:
    """Use weak references in stacks, as a line in their modules does."""
    cls = importlib.import_module("aws_service_kit.constructs.stack").ServiceStack
    make = cls.__init__

    def make_weak(stack: Any, stage: object, domain: str, **options: object) -> None:  # noqa: ANN401
        make(stack, stage, domain, **options)
        if domain in stacks:
            CrossStackReferences.of(stack).consume(ReferenceStrength.WEAK)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cls, "__init__", make_weak)
        yield


def templates_of(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for artifact in json.loads((folder / "manifest.json").read_text("utf-8"))["artifacts"].values():
        if artifact["type"] == "aws:cloudformation:stack":
            properties = artifact["properties"]
            template = json.loads((folder / properties["templateFile"]).read_text("utf-8"))
            yield properties["stackName"], template


def exports(template: dict[str, Any]) -> dict[str, str]:
    """Return the exports of a stack: the value of each name."""
    return {
        output["Export"]["Name"]: json.dumps(output["Value"])
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }


def imports(value: object) -> Iterator[str]:
    match value:
        case {"Fn::ImportValue": str(name)}:
            yield name
        case dict():
            for item in value.values():
                yield from imports(item)
        case list():
            for item in value:
                yield from imports(item)


def rejected(before: Templates, after: Templates) -> list[str]:
    """Return the imported exports that a deployment would remove.

    CloudFormation rejects that, since the stack with the export is deployed first. Stacks that are
    no longer in the assembly stay deployed.
    """
    return [
        f"{name} of {stack}, imported by {importer}"
        for stack, template in before.items()
        if stack in after
        for name in exports(template).keys() - exports(after[stack]).keys()
        for importer, other in before.items()
        if importer != stack and name in imports(other)
    ]


def renamed(before: Templates, after: Templates) -> list[str]:
    """Return the resources with another name, which CloudFormation replaces."""
    return [
        f"{stack}/{logical_id}"
        for stack, template in before.items()
        for logical_id, body in template["Resources"].items()
        if stack in after
        and logical_id in after[stack]["Resources"]
        and names(body) != names(after[stack]["Resources"][logical_id])
    ]


def names(body: dict[str, Any]) -> list[object]:
    return [body.get("Properties", {}).get(key) for key in ("Name", "LogGroupName")]


@pytest.mark.parametrize("stack", ALL_STACKS)
def test_a_stack_is_switched_on_or_off(stack: str, synthesize: Synthesize) -> None:
    whole, rest = synthesize(), synthesize(without=(stack,))
    assert rest.keys() < whole.keys()
    assert rejected(whole, rest) == []
    assert rejected(rest, whole) == []
    assert renamed(whole, rest) == []


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_is_switched_on_or_off(option: str, synthesize: Synthesize) -> None:
    whole, other = synthesize(), synthesize(options=OPTIONS[option])
    assert whole != other
    assert rejected(whole, other) == []
    assert rejected(other, whole) == []
    assert bool(renamed(whole, other)) is (option in IN_STEPS)


def test_a_bus_is_renamed_in_two_deployments(synthesize: Synthesize) -> None:
    """The steps are those of kit/guides/rename-a-bus.md."""
    kept = {"named_stacks": ()}
    deployed = synthesize(options=kept)
    weak = synthesize(options=kept, weak=("messaging", "workflow"))
    named = synthesize()
    (events,) = (name for name in deployed if name.endswith("-events"))
    # An imported export can neither be changed nor removed.
    bus = {name for name, value in exports(deployed[events]).items() if '"Events"' in value}
    assert len(bus) == 2
    importers = [name for name, template in deployed.items() if bus & set(imports(template))]
    assert len(importers) == 2

    assert rejected(deployed, weak) == rejected(weak, named) == []
    assert renamed(deployed, weak) == []
    assert [name for name, template in weak.items() if bus & set(imports(template))] == []

    assert f"{events}/Events" in renamed(weak, named)
    # The second deployment also updates the stacks that refer to the bus, since their templates
    # change, with the versions of functions that have its name in a variable.
    assert all(weak[name] != named[name] for name in importers)
    (messaging,) = (name for name in importers if name.endswith("-messaging"))
    assert versions(deployed[messaging]) != versions(weak[messaging]) != versions(named[messaging])


@pytest.mark.parametrize("option", [*OPTIONS, "another owner"])
def test_a_function_has_another_version_only_if_it_changes(
    option: str, synthesize: Synthesize
) -> None:
    """Lambda rejects a version without changes, and an alias would keep its old version.

    https://github.com/aws/aws-cdk/issues/28252
    """
    whole = synthesize()
    if option == "another owner":
        other = synthesize(owner="another-team")
        assert whole != other
    else:
        other = synthesize(options=OPTIONS[option])
    for stack, template in whole.items():
        same = functions(template) == functions(other[stack])
        assert (versions(template) == versions(other[stack])) is same, stack


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the functions of a stack, with the properties of a version."""
    return {
        logical_id: {key: value for key, value in body["Properties"].items() if key != "Tags"}
        for logical_id, body in template["Resources"].items()
        if body["Type"] == "AWS::Lambda::Function"
    }


def versions(template: dict[str, Any]) -> set[str]:
    return {
        logical_id
        for logical_id, body in template["Resources"].items()
        if body["Type"] == "AWS::Lambda::Version"
    }
