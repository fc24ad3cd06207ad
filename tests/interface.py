"""What a release asks and offers, written down: `python -m tests.interface 1.0.0`.

Answers live in services for ever, so later releases are held to it (`test_interface.py`).
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

import yaml
from jinja2 import Environment
from jinja2.ext import Extension

from tests.answers import ANSWER_SETS, DEFAULTS
from tests.programs import ROOT, binary
from tests.releases import commit_of

FOLDER = ROOT / "tests" / "interfaces"
ASKED = ("type", "choices", "default", "validator", "when", "multiselect", "secret")


def interface(template: Path) -> dict[str, Any]:
    """Describe the questions of a template and the names that its extensions add to Jinja.

    Returns:
        `questions`: name to what is asked, with answers that are `accepted`; `filters`, `tests`.
    """
    settings = yaml.safe_load((template / "copier.yml").read_text(encoding="utf-8"))
    bare, full = Environment(autoescape=True), Environment(autoescape=True)
    for name in settings["_jinja_extensions"]:
        if ":" in name:
            _extension(template, name)(full)
    return {
        "questions": {
            name: {key: question[key] for key in ASKED if key in question}
            | {"accepted": _accepted(name)}
            for name, question in settings.items()
            if not name.startswith("_")
        },
        "filters": sorted(full.filters.keys() - bare.filters.keys()),
        "tests": sorted(full.tests.keys() - bare.tests.keys()),
    }


def of_release(version: str) -> dict[str, Any]:
    """Describe a release, out of this repository's history."""
    commit = commit_of(version)
    assert commit is not None, f"the history lacks {version}: git fetch --unshallow"
    content = binary(ROOT, "git", "archive", commit, "copier.yml", "extensions")
    with (
        tempfile.TemporaryDirectory() as folder,
        tarfile.open(fileobj=io.BytesIO(content)) as archive,
    ):
        archive.extractall(folder, filter="data")
        return interface(Path(folder))


def recorded() -> Mapping[str, dict[str, Any]]:
    """Read what was written down, by version."""
    return {
        file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(FOLDER.glob("*.json"))
    }


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
