"""Write a release's questions, filters and tests to a file: `python -m tests.interface 1.0.0`.

Services keep answers for ever, so later releases must accept them (`test_interface.py`).
"""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from copier._template import filter_config, load_template_config
from jinja2 import Environment
from jinja2.ext import Extension

from tests.answers import ANSWER_SETS, DEFAULTS
from tests.programs import ROOT, binary
from tests.releases import commit_of

FOLDER = ROOT / "tests" / "interfaces"
READ = ("copier.yml", "organisation.yml", "extensions")
ASKED = ("type", "choices", "default", "validator", "when", "multiselect", "secret")


def interface(template: Path) -> dict[str, Any]:
    """Return the questions of a template, and the names that its extensions add to Jinja.

    Returns:
        `questions`: name to question, with `accepted` answers; `filters`, `tests`.
    """
    settings, questions = filter_config(load_template_config(template / "copier.yml"))
    bare, full = Environment(autoescape=True), Environment(autoescape=True)
    for name in settings["jinja_extensions"]:
        if ":" in name:
            _extension(template, name)(full)
    return {
        "questions": {
            name: {key: question[key] for key in ASKED if key in question}
            | {"accepted": _accepted(name)}
            for name, question in questions.items()
            # Values from `organisation.yml` aren't answers.
            if question.get("when") is not False
        },
        "filters": sorted(full.filters.keys() - bare.filters.keys()),
        "tests": sorted(full.tests.keys() - bare.tests.keys()),
    }


def of_release(version: str) -> dict[str, Any]:
    """Return the interface of a release in this repository's history."""
    commit = commit_of(version)
    assert commit is not None, f"the history lacks {version}: git fetch --unshallow"
    content = binary(ROOT, "git", "archive", commit, *_read_by_copier(commit))
    with (
        tempfile.TemporaryDirectory() as folder,
        tarfile.open(fileobj=io.BytesIO(content)) as archive,
    ):
        archive.extractall(folder, filter="data")
        return interface(Path(folder))


def recorded() -> Mapping[str, dict[str, Any]]:
    """Return the recorded interfaces by version."""
    return {
        file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(FOLDER.glob("*.json"))
    }


def _read_by_copier(commit: str) -> list[str]:
    """Return the files of a release that Copier reads for questions."""
    listed = binary(ROOT, "git", "ls-tree", "--name-only", commit, *READ).decode()
    return listed.split()


def _extension(template: Path, name: str) -> type[Extension]:
    path, _, attribute = name.partition(":")
    spec = importlib.util.spec_from_file_location("extension", template / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: type[Extension] = getattr(module, attribute)
    return found


def _accepted(question: str) -> list[object]:
    given = [DEFAULTS[question]] if question in DEFAULTS else []
    given += [answers[question] for answers in ANSWER_SETS.values() if question in answers]
    return [value for number, value in enumerate(given) if value not in given[:number]]


if __name__ == "__main__":
    for each in sys.argv[1:]:
        text = json.dumps(of_release(each), indent=2, ensure_ascii=False) + "\n"
        (FOLDER / f"{each}.json").write_text(text, encoding="utf-8")
