"""Synthesize many generated services in one process, which starts the CDK's kernel once."""

from __future__ import annotations

import importlib
import json
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsii import _type_checking

from tests.programs import OWN_PROGRAMS

# At every call jsii checks the types that mypy has checked: a seventh of the time.
_type_checking._resolved_check = lambda **_: None

PACKAGES = ("aws_service_kit", "infrastructure", "service", "tooling")


@dataclass(frozen=True)
class Assembly:
    """The result of a synthesis of every environment.

    Attributes:
        violations: Findings without an acknowledgement.
        acknowledged: Reasons of acknowledged findings.
        resources: Number of resources by template.
    """

    violations: list[dict[str, Any]]
    acknowledged: list[str]
    resources: dict[str, int]


def synthesize(
    service: Path, outdir: Path, environments: Sequence[str] = ("dev", "staging", "prod")
) -> Assembly:
    """Build a service's application and synthesize it, with all validation on.

    Raises:
        RuntimeError: A rule pack or CloudFormation's rules have a finding.
    """
    bundle = empty_bundle(outdir / "bundle")
    with imported_from(service):
        config = importlib.import_module("aws_service_kit.config").load()
        app = importlib.import_module("aws_service_kit.app.synthesis").create_app(
            config=config, bundle=bundle, outdir=outdir / "cdk.out", environments=environments
        )
        app.synth()
    report = json.loads((outdir / "cdk.out" / "validation-report.json").read_text("utf-8"))
    plugins = report["pluginReports"]
    return Assembly(
        violations=[found for plugin in plugins for found in plugin.get("violations", [])],
        acknowledged=[
            found["reason"]
            for plugin in plugins
            for found in plugin.get("suppressedViolations", [])
        ],
        resources={
            name: len(template["Resources"]) for name, template in templates(outdir / "cdk.out")
        },
    )


def empty_bundle(folder: Path) -> Path:
    """Return an empty bundle, for functions whose code no test runs."""
    folder.mkdir(parents=True)
    (folder / "code.py").touch()
    return folder


def templates(assembly: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the file name and the content of every template of an assembly."""
    for path in assembly.rglob("*.template.json"):
        yield path.name, json.loads(path.read_text("utf-8"))


def derive(service: Path) -> None:
    """Run a service's task `derive`."""
    with imported_from(service), warnings.catch_warnings():
        # Powertools' metrics are one object of the process, which an earlier service has set up.
        warnings.filterwarnings("ignore", "Dimension 'environment' has already been added")
        importlib.import_module("aws_service_kit.docs.derive").main(service)


@contextmanager
def imported_from(service: Path) -> Iterator[None]:
    """Import the packages of a service in its folder, since all services have the same packages.

    The first one starts the kernel, with this environment's Node.js.
    """
    # Restored afterwards, since tests have imported classes of the kit.
    former = forget()
    before = list(sys.path)
    sys.path[:0] = [str(service), str(service / "src"), str(service / "kit" / "src")]
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(service)
            patch.setenv("PATH", str(OWN_PROGRAMS), prepend=os.pathsep)
            yield
    finally:
        sys.path[:] = before
        forget()
        sys.modules.update(former)


def forget() -> dict[str, ModuleType]:
    """Remove the packages of the last imported service, and return their modules."""
    names = [name for name in sys.modules if name.partition(".")[0] in PACKAGES]
    return {name: sys.modules.pop(name) for name in names}
