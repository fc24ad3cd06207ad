"""A suite adds all of its tests to a service, and local tests in their order."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_service_kit.project import ROOT
from aws_service_kit.testing import suites

SUITES = [path.parent for path in Path(suites.__file__).parent.glob("*/__init__.py")]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules(suite: Path) -> list[Path]:
    return [path for path in suite.glob("*.py") if path.name != "__init__.py"]


def exported(suite: Path) -> Iterator[str]:
    """Yield the names of the tests and fixtures in a suite's modules."""
    for module in modules(suite):
        for each in parsed(module).body:
            if isinstance(each, ast.FunctionDef):
                decorators = " ".join(ast.unparse(one) for one in each.decorator_list)
                if each.name.startswith("test_") or "pytest.fixture" in decorators:
                    yield each.name


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_every_module_is_part_of_its_suite(suite: Path) -> None:
    imported = {
        each.module
        for each in parsed(suite / "__init__.py").body
        if isinstance(each, ast.ImportFrom) and each.names[0].name == "*"
    }
    package = f"{suites.__name__}.{suite.name}"
    assert imported == {f"{package}.{path.stem}" for path in modules(suite)}


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_names_are_unique_in_a_suite(suite: Path) -> None:
    """A module of the package would also hide a name of a star import."""
    names = Counter([*exported(suite), *(path.stem for path in modules(suite))])
    assert [name for name, times in names.items() if times > 1] == []


def collected(*options: str) -> list[str]:
    """Return the functions of the service's local tests in their order."""
    pytest = [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "no:copie"]
    command = [*pytest, "tests/local", "--collect-only", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    found = [line.rpartition("::")[2] for line in done.stdout.splitlines() if "::" in line]
    return list(dict.fromkeys(name.partition("[")[0] for name in found))


def test_the_logs_and_the_destruction_are_tested_last() -> None:
    assert collected()[-4:] == [
        "test_no_log_holds_personal_data",
        "test_nothing_differs_after_a_deployment",
        "test_a_change_of_the_code_is_deployed",
        "test_destroying_removes_every_resource",
    ]


def test_load_tests_run_only_with_their_option() -> None:
    load = collected("--load")
    assert "test_every_message_is_stored_once" in load
    assert set(load) & set(collected()) == set()
