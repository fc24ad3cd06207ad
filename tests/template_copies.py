"""Copies of the template in the working tree, committed or not, without git."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.programs import ROOT

LEFTOVERS = shutil.ignore_patterns(
    "__pycache__", ".*_cache", ".cache", ".hypothesis", ".venv", "cdk.out", "node_modules"
)


def copy_questions(destination: Path) -> None:
    """Copy the files that Copier needs for rendering: questions, extensions, changelog."""
    shutil.copytree(ROOT / "extensions", destination / "extensions", ignore=LEFTOVERS)
    for name in ("copier.yml", "organisation.yml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, destination)


def copy_template(destination: Path) -> None:
    """Copy the template, so that Copier renders uncommitted files."""
    copy_questions(destination)
    for folder in ("template", "empty"):
        shutil.copytree(ROOT / folder, destination / folder, ignore=LEFTOVERS)
