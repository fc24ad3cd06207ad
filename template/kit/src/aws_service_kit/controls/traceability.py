"""Traceability: the controls, implementations and tests of each item of the guideline.

The document is derived from the code and the templates.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from aws_service_kit.controls.catalog import CONTROLS
from aws_service_kit.controls.catalog.maintenance import CurrentWaivers
from aws_service_kit.controls.control import Control
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.source import COMPONENTS, Source
from aws_service_kit.controls.guideline_items import FAMILIES, ITEMS
from aws_service_kit.controls.item_tests import tests_of_the_kit

DOCUMENT = Path("docs", "controls.md")
# CDK constructs whose name differs from the CloudFormation type.
CONSTRUCTS = {
    "AWS::ApiGateway::Method": {"CfnMethod", "LambdaIntegration"},
    "AWS::ApiGateway::Stage": {"RestApi"},
    "AWS::CloudWatch::Alarm": {"Alarm"},
    "AWS::DynamoDB::GlobalTable": {"TableV2"},
    "AWS::EC2::VPCEndpoint": {"InterfaceVpcEndpoint", "GatewayVpcEndpoint"},
    "AWS::IAM::Policy": {"Policy", "PolicyStatement"},
    "AWS::Lambda::EventInvokeConfig": {"CfnEventInvokeConfig"},
    "AWS::SNS::Subscription": {"Subscription", "CfnSubscription"},
}

NOTHING = "-"
# Nouns of subjects that change too often for the document.
PASSING = {"finding", "patch", "test"}

INTRODUCTION = """\
<!-- Derived: `python3 dev.py derive` writes this document (tooling/ownership.toml). -->
# The guideline, item by item

Each item of the guideline, its controls, the modules that implement it, and the tests that are
marked with it. The task `controls` shows the status of each item.
"""
HEADING = "| Control | Rule | Looks at | Implemented in | Tests |\n| --- | --- | --- | --- | --- |"


def document(evidence: Evidence) -> str:
    """Return the traceability document of a repository."""
    makers = Makers(evidence.source)
    tests = _tests(evidence.source)
    parts = [INTRODUCTION]
    for family, title in FAMILIES.items():
        parts.append(f"## {title}\n")
        for item in (item for item in ITEMS.values() if item.family == family):
            rows = [
                _row(evidence, control, makers, tests[item.id])
                for control in (*CONTROLS, CurrentWaivers())
                if control.item is item
            ]
            parts += [f"### {item.id}: {item.text}\n", HEADING, *rows, ""]
    return "\n".join(parts)


def _row(
    evidence: Evidence,
    control: Control,
    makers: Makers,
    tests: tuple[str, ...],
) -> str:
    judgements = list(control.judge(evidence))
    nouns = sorted({judgement.noun for judgement in judgements} - PASSING)
    types = {judgement.type for judgement in judgements if judgement.type}
    files = sorted({path for each in types for path in makers.of(each)})
    cells = [
        f"`{control.id}`",
        control.rule,
        ", ".join(nouns) or NOTHING,
        ", ".join(f"`{path}`" for path in files) or NOTHING,
        ", ".join(f"`{path}`" for path in tests) or NOTHING,
    ]
    return f"| {' | '.join(cells)} |"


@dataclass(frozen=True)
class Makers:
    """The modules that create each type of resource."""

    source: Source

    @cached_property
    def _by_construct(self) -> Mapping[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for path in self.source.below(*COMPONENTS):
            for created in set(_created(self.source.tree(path))):
                found[created].append(str(path))
        return found

    def of(self, resource_type: str) -> list[str]:
        """Return the modules that create a type of resource."""
        _, service, name = resource_type.split("::")
        names = CONSTRUCTS.get(resource_type, {name, f"Cfn{name}"})
        constructs = [(f"aws_{service.lower()}", each) for each in names]
        return [path for each in constructs for path in self._by_construct.get(each, ())]


def _created(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the library and the class of each CDK construct that a module creates."""
    libraries = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "aws_cdk"
        for alias in node.names
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=construct)):
                if name in libraries:
                    yield libraries[name], construct


def _tests(source: Source) -> Mapping[str, tuple[str, ...]]:
    """Return the test modules marked with each item, including the kit's."""
    of_the_kit = {item: tuple(tests_of_the_kit(source, item)) for item in ITEMS}
    found = defaultdict[str, tuple[str, ...]](tuple, of_the_kit)
    for path in source.below("tests"):
        for node in ast.walk(source.tree(path)):
            match node:
                case ast.Call(func=ast.Attribute(attr="guideline"), args=arguments):
                    for argument in arguments:
                        if isinstance(argument, ast.Constant):
                            found[str(argument.value)] += (str(path),)
    return {item: tuple(sorted(set(paths))) for item, paths in found.items()}
