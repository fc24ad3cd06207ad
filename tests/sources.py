"""The template as it lies in the working tree, committed or not, without git."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.programs import ROOT

LEFTOVERS = shutil.ignore_patterns(
    "__pycache__", ".*_cache", ".cache", ".hypothesis", ".venv", "cdk.out", "node_modules"
)


def copy_questions(destination: Path) -> None:
    """Copy what Copier needs beside the files to render: questions, extensions, changelog."""
    shutil.copytree(ROOT / "extensions", destination / "extensions", ignore=LEFTOVERS)
    shutil.copy(ROOT / "copier.yml", destination)
    shutil.copy(ROOT / "CHANGELOG.md", destination)


def copy_template(destination: Path) -> None:
    """Copy the template, so that Copier renders what is there."""
    copy_questions(destination)
    shutil.copytree(ROOT / "template", destination / "template", ignore=LEFTOVERS)
