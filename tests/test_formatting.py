"""Formatting tasks of this repository and of services."""

import shutil
from pathlib import Path

import pytest

from tests.programs import ROOT
from tests.service_checks import task

LONG_LINE = f'NAME = "{"a" * 120}"\n'
UNFORMATTED = f"import os\nVALUES=[1,2]\n{LONG_LINE}"
FORMATTED = f"VALUES = [1, 2]\n{LONG_LINE}"


@pytest.fixture(params=["here", "in a service"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with the tasks and the linter's settings, and a file that ruff can't fix alone."""
    source = ROOT if request.param == "here" else ROOT / "template"
    (tmp_path / "template" / "kit").mkdir(parents=True)
    shutil.copy(ROOT / "template" / "ruff.toml", tmp_path / "template")
    shutil.copy(source / "ruff.toml", tmp_path)
    tasks = (source / "poe_tasks.toml").read_text(encoding="utf-8")
    # mypy takes seconds, and has nothing to do with the format.
    tasks = tasks.replace("aws_service_kit.dev.type_check", "this")
    (tmp_path / "poe_tasks.toml").write_text(tasks, encoding="utf-8")
    (tmp_path / "module.py").write_text(UNFORMATTED, encoding="utf-8")
    return tmp_path


def test_a_file_with_a_long_line_is_formatted(project: Path) -> None:
    result = task(project, "format")
    assert result.returncode == 0, result.stdout
    assert (project / "module.py").read_text("utf-8") == FORMATTED


def test_a_syntax_error_does_not_prevent_formatting_other_files(project: Path) -> None:
    (project / "half.py").write_text("def f(:\n", encoding="utf-8")
    result = task(project, "format")
    assert result.returncode != 0
    assert "half.py" in result.stdout
    assert (project / "module.py").read_text("utf-8") == FORMATTED


@pytest.mark.parametrize("project", ["in a service"], indirect=True)
def test_quick_formats_and_tests_in_spite_of_findings(project: Path) -> None:
    (project / "test_it.py").write_text("def test_it():\n    assert True\n", encoding="utf-8")
    result = task(project, "quick", "test_it.py")
    assert result.returncode != 0
    assert (project / "module.py").read_text("utf-8") == FORMATTED
    assert "E501" in result.stdout
    assert "1 passed" in result.stdout


def test_lint_shows_the_format_and_the_findings_in_one_run(project: Path) -> None:
    result = task(project, "lint")
    assert result.returncode != 0
    assert "unformatted: File would be reformatted" in result.stdout
    assert "E501" in result.stdout
