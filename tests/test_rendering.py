"""Rendering of the template."""

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, nodes
from jinja2.exceptions import UndefinedError
from pytest_copie.plugin import Copie

from tests import ownership
from tests.answers import ANSWER_SETS
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.programs import ROOT, run

TEMPLATE = ROOT / "template"
SUFFIX = ".jinja"

# Rendered files may contain text, other files, and answers through filters. Whole files are chosen
# in copier.yml. A condition that can't be avoided is listed in CONDITIONS, by file and type, and
# needs a test of both cases.
PLAIN = {
    *("Output", "TemplateData", "Name", "Getattr", "Filter", "Const", "Template", "Include"),
    *("Concat", "List"),
}
CONDITIONS: dict[str, set[str]] = {
    # A table for the domain, if one is answered (tests/combinations.py).
    "answers.toml.jinja": {"And", "Compare", "If", "Operand"},
}


def template_files() -> list[Path]:
    # Tracked files, and files that git would add. Caches of tools are ignored.
    listed = run(ROOT, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name.startswith("template/")]
    return [path for path in paths if path.is_file()]


def test_python_contains_no_jinja_and_other_files_are_copied_unchanged(
    render: Render,
) -> None:
    service = render({"stacks": list(ALL_STACKS)})
    for path in template_files():
        if path.suffix == SUFFIX:
            # The files that choose between the sample and its empty variant.
            assert not path.name.endswith(f".py{SUFFIX}") or path in ownership.choices(), path
        else:
            assert (service / path.relative_to(TEMPLATE)).read_bytes() == path.read_bytes(), path


def test_conditions_in_file_bodies_are_the_listed_ones() -> None:
    found = {}
    for path in template_files():
        if path.suffix == SUFFIX:
            text = f"{path.name}\n{path.read_text(encoding='utf-8')}"
            tree = Environment().parse(text)  # noqa: S701 - only parsed
            types = {type(node).__name__ for node in tree.find_all(nodes.Node)} - PLAIN
            if types:
                found[path.name] = types
    assert found == CONDITIONS


def test_equal_answers_give_equal_files(template_source: Path, copie: Copie) -> None:
    answers = dict(ANSWER_SETS["hostile"])
    first, second = (copie.copy(answers, template_source).project_dir for _ in range(2))
    assert first is not None
    assert second is not None
    assert first != second
    for path in sorted(first.rglob("*")):
        if path.is_file():
            twin = second / path.relative_to(first)
            assert twin.read_bytes() == path.read_bytes(), path


def test_data_files_parse_and_text_files_end_in_one_newline(service: Path) -> None:
    readers: dict[str, Callable[[str], object]] = {
        ".json": json.loads,
        ".toml": tomllib.loads,
        ".yml": yaml.safe_load,
    }
    for path in sorted(service.rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert text == "" or (text.endswith("\n") and not text.endswith("\n\n")), path
            assert not any(line.endswith((" ", "\t")) for line in text.splitlines()), path
            if path.suffix in readers:
                readers[path.suffix](text)


# Copier doesn't close its temporary folder.
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)
def test_a_misspelt_name_stops_the_rendering(
    template_source: Path, tmp_path: Path, copie: Copie
) -> None:
    source = tmp_path / "template"
    shutil.copytree(template_source, source)
    (source / "template" / "typo.txt.jinja").write_text("{{ service_nmae }}\n", encoding="utf-8")
    error = copie.copy(template_dir=source).exception
    assert isinstance(error, UndefinedError)
    assert "service_nmae" in str(error)
