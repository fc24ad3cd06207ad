"""Names that dashboards, saved queries, callers and waivers use don't change with the code.

Metrics, log keys, error names, environment variables and event types are short texts in the modules
that run, control ids in those that judge: what a release had, the next one has.
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
# A name, as no sentence and no pattern is.
NAME = re.compile(r"[A-Za-z_][\w.:/-]*")
# The organisation's, in organisation.yml: templates hold it as before.
MOVED_NAMES = {"America/Sao_Paulo"}
# A listing of fewer would be none.
FEWEST = 50
# Texts that only look like such names.
INTERNAL = {
    "Answer",  # a type variable
    "_Record",  # a type variable
    "service.",  # by which messages were public, before 2.1 made that a property
}
CONTROL = re.compile(r"^\| `([\w.-]+)` \|", re.MULTILINE)
FOLDERS = {
    "runtime": ("template/src/service/runtime", [KIT / "runtime"]),
    # Defaults of what a team can tune stand in the models of the configuration.
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
    """List the texts of modules that are names, without documentation."""
    return {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and NAME.fullmatch(node.value)
    }


def modules_of(commit: str, folder: str) -> Iterator[str]:
    """Yield the modules that a folder had in a commit."""
    with tarfile.open(
        fileobj=io.BytesIO(binary(ROOT, "git", "archive", commit, folder))
    ) as archive:
        for member in archive:
            if member.name.endswith(".py") and (content := archive.extractfile(member)):
                yield content.read().decode("utf-8")


def modules_in(folders: list[Path]) -> Iterator[str]:
    """Yield the modules of some folders and of those in them."""
    return (path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))


@pytest.mark.parametrize("part", FOLDERS)
def test_no_name_that_production_uses_is_gone(part: str, commit: str) -> None:
    before, now = FOLDERS[part]
    had = names(modules_of(commit, before))
    assert len(had) > FEWEST
    assert had - names(modules_in(now)) - INTERNAL == MOVED_NAMES & had


def test_no_control_that_a_waiver_may_name_is_gone(commit: str) -> None:
    had = set(CONTROL.findall(git(ROOT, "show", f"{commit}:docs/controls.md")))
    assert len(had) > FEWEST
    assert had - {control.id for control in (*CONTROLS, CurrentWaivers())} == set()
