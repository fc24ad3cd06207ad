"""The task `new` rejects, with a one-line message, cases that can't be created or updated."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.programs import ROOT, run, without_own_environment
from tests.releases import HERE
from tests.team_services import export


def new(template: Path, *arguments: str | Path) -> CompletedProcess[str]:
    """Run `new`; its standard input is no terminal."""
    command = (sys.executable, template / "dev.py", "new", *arguments)
    return run(ROOT, *command, environment=without_own_environment())


def lines(done: CompletedProcess[str]) -> list[str]:
    return [line for line in done.stdout.splitlines() if line.startswith("error: ")]


def test_a_folder_with_files_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    done = new(ROOT, tmp_path, "--defaults")
    (line,) = lines(done)
    assert (done.returncode, "isn't empty" in line, "--overwrite" in line) == (1, True, True)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("service_name: Bad", "Validation error for question 'service_name': a-z, 0-9, single"),
        ("cost_center: 0123", "Validation error for question 'cost_center': In quotes, please"),
        ("stacks: [nothing]", "stacks"),
        ("stacks: [", "while parsing a flow node expected the node content, but found"),
    ],
)
def test_a_refused_answer_is_one_line(answers: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "answers.yml").write_text(answers, encoding="utf-8")
    service = tmp_path / "service"
    done = new(ROOT, service, "--defaults", "--data-file", tmp_path / "answers.yml")
    (line,) = lines(done)
    assert done.returncode == 1
    assert expected in line
    assert "Traceback" not in done.stdout
    assert not service.exists()


def test_a_template_without_history_is_refused(tmp_path: Path) -> None:
    """Such as GitHub's ZIP of it: a service would record no version to update from."""
    copy = tmp_path / "template"
    (copy / "template").mkdir(parents=True)
    shutil.copy(ROOT / "dev.py", copy)
    shutil.copy(ROOT / "template" / "dev.py", copy / "template")
    done = new(copy, tmp_path / "service", "--defaults")
    (line,) = lines(done)
    assert (done.returncode, "clone the repository" in line) == (1, True)
    assert not (tmp_path / "service").exists()


def test_copier_refuses_a_template_without_history_too(releases: Path, tmp_path: Path) -> None:
    exported = export(releases, HERE, tmp_path)
    copier = (sys.executable, "-m", "copier", "copy", "--trust", "--defaults", "--quiet")
    done = run(tmp_path, *copier, exported, tmp_path / "service")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "This copy of the template has no history, so a service made from it couldn't be updated: "
        "copy from the repository's URL, as README.md shows"
    ]
    assert not (tmp_path / "service").exists()
