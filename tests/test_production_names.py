"""Names that dashboards, saved queries, callers and waivers use don't change with the code.

Metrics, log keys, error names, environment variables and event types are short texts in the modules
that run. Control ids are in the modules of controls. The next release keeps all of them.
"""

from __future__ import annotations

import ast
import io
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_service_kit.controls.catalog import CONTROLS
from aws_service_kit.controls.catalog.maintenance import CurrentWaivers

from tests.programs import ROOT, binary, git
from tests.releases import commit_of

OF = "1.6.1"
KIT = ROOT / "template/kit/src/aws_service_kit"
# A name, unlike sentences and patterns.
NAME = re.compile(r"[A-Za-z_][\w.:/-]*")
# A value of organisation.yml. Templates still contain it.
MOVED_NAMES = {"America/Sao_Paulo"}
# Fewer names mean that the listing is wrong.
FEWEST = 50
# Texts that only look like such names.
INTERNAL = {
    "Answer",  # a type variable
    "_Record",  # a type variable
    "service.",  # the prefix of public messages before 2.1
}
CONTROL = re.compile(r"^\| `([\w.-]+)` \|", re.MULTILINE)
FOLDERS = {
    "runtime": ("template/src/service/runtime", [KIT / "runtime"]),
    # Defaults of configurable values are in the models of the configuration.
    "constructs": ("template/infrastructure/components", [KIT / "constructs", KIT / "config"]),
}


@pytest.fixture(scope="module")
def commit() -> str:
    """The release's commit."""
    found = commit_of(OF)
    if found is None:
        pytest.skip(f"this clone's history lacks {OF}: git fetch --unshallow")
    return found


def names(sources: Iterator[str]) -> set[str]:
    """Return the texts of modules that are names, without documentation."""
    return {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and NAME.fullmatch(node.value)
    }


def modules_of(commit: str, folder: str) -> Iterator[str]:
    """Yield the modules of a folder in a commit."""
    with tarfile.open(
        fileobj=io.BytesIO(binary(ROOT, "git", "archive", commit, folder))
    ) as archive:
        for member in archive:
            if member.name.endswith(".py") and (content := archive.extractfile(member)):
                yield content.read().decode("utf-8")


def modules_in(folders: list[Path]) -> Iterator[str]:
    """Yield the modules of folders and their subfolders."""
    return (path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))


@pytest.mark.parametrize("part", FOLDERS)
def test_no_name_in_production_is_removed(part: str, commit: str) -> None:
    before, now = FOLDERS[part]
    had = names(modules_of(commit, before))
    assert len(had) > FEWEST
    assert had - names(modules_in(now)) - INTERNAL == MOVED_NAMES & had


def test_no_control_id_is_removed(commit: str) -> None:
    had = set(CONTROL.findall(git(ROOT, "show", f"{commit}:docs/controls.md")))
    assert len(had) > FEWEST
    assert had - {control.id for control in (*CONTROLS, CurrentWaivers())} == set()
