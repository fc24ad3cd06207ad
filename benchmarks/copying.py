"""Time of `copier copy` per file, compared with a minimal Copier template and with Cookiecutter."""

from __future__ import annotations

import functools
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.kernel import Row, ratios, rounds
from benchmarks.services import ROOT

FILES = 400
ROUNDS = 11
COPIER_GOAL = 1.1
COOKIECUTTER_GOAL = 1.2
# A file like most of a service's files.
SAMPLE = ROOT / "template" / "kit" / "src" / "aws_service_kit" / "runtime" / "http.py"
PARTS = ("copier.yml", "organisation.yml", "extensions", "template", "CHANGELOG.md")
GENERATED = shutil.ignore_patterns(
    "__pycache__", ".*_cache", ".cache", ".hypothesis", ".venv", "cdk.out", "node_modules"
)


def run() -> Iterator[Row]:
    """Copy each tree with and without further files."""
    with tempfile.TemporaryDirectory() as folder:
        contenders = {
            f"{variant} {files}": functools.partial(
                copy, make(Path(folder, f"{variant}-{files}"), files)
            )
            for variant, make in {
                "template": template,
                "copier": bare_copier,
                "cookiecutter": cookie,
            }.items()
            for files in (0, FILES)
        }
        seconds = rounds(contenders, ROUNDS)
    each = {
        variant: [
            (more - less) * 1000 / FILES
            for less, more in zip(
                seconds[f"{variant} 0"], seconds[f"{variant} {FILES}"], strict=True
            )
        ]
        for variant in ("template", "copier", "cookiecutter")
    }
    yield Row("copy, all", "", "s", tuple(seconds["template 0"]))
    yield Row("copy, one more file", "", "ms", tuple(each["template"]))
    against = ratios(each["template"], each["copier"])
    yield Row("copy, one more file", "Copier's own", "×", against, COPIER_GOAL)
    against = ratios(each["template"], each["cookiecutter"])
    yield Row("copy, one more file", "Cookiecutter", "×", against, COOKIECUTTER_GOAL)


def copy(command: Sequence[str | Path]) -> float:
    """Copy into a new folder, and return the CPU time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        filled = [str(part).replace("DESTINATION", f"{folder}/copy") for part in command]
        subprocess.run(filled, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def template(source: Path, files: int) -> Sequence[str | Path]:
    """Return a copy of this template with further files."""
    source.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=GENERATED)
        else:
            shutil.copy2(ROOT / part, source)
    add(source / "template", files)
    return [*copier(), "--trust", source, "DESTINATION"]


def bare_copier(source: Path, files: int) -> Sequence[str | Path]:
    """Return a template of static files only."""
    (source / "template").mkdir(parents=True)
    (source / "copier.yml").write_text("_subdirectory: template\n", encoding="utf-8")
    add(source / "template", files)
    return [*copier(), source, "DESTINATION"]


def cookie(source: Path, files: int) -> Sequence[str | Path]:
    """Return the same tree as a Cookiecutter template that copies files without rendering."""
    tree = source / "{{ cookiecutter.name }}"
    tree.mkdir(parents=True)
    settings = {"name": "copy", "_copy_without_render": ["*.py"]}
    (source / "cookiecutter.json").write_text(json.dumps(settings), encoding="utf-8")
    add(tree, files)
    command = [sys.executable, "-m", "cookiecutter", "--no-input", "--output-dir", "DESTINATION"]
    return [*command, source]


def copier() -> Sequence[str]:
    """Return the command of Copier."""
    return [sys.executable, "-W", "ignore", "-m", "copier", "copy", "--defaults", "--quiet"]


def add(folder: Path, files: int) -> None:
    """Add equal files, and at least one file."""
    target = folder / "more"
    target.mkdir()
    for number in range(files + 1):
        shutil.copy2(SAMPLE, target / f"file_{number}.py")
