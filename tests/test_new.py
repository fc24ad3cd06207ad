"""The task `new` rejects, with a one-line message, cases that can't be created or updated."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import yaml

import questionnaire
from tests.programs import ROOT, run, without_own_environment
from tests.releases import HERE
from tests.team_services import export


def new(template: Path, *arguments: str | Path) -> CompletedProcess[str]:
    """Run `new` without a terminal."""
    command = (sys.executable, template / "dev.py", "new", *arguments)
    return run(ROOT, *command, environment=without_own_environment())


def in_a_terminal(template: Path, *arguments: str) -> str:
    """Run a task in a terminal that closes immediately; return the output."""
    terminal, end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, template / "dev.py", *arguments],
        stdin=end,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        os.write(terminal, b"\x04")
        said, _ = process.communicate(timeout=60)
    for each in (terminal, end):
        os.close(each)
    return said


def error_of(options: Sequence[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Run the questionnaire with invalid options; return its error."""
    written = folder / "answers.json"
    assert questionnaire.main([str(folder / "service"), str(written), *options]) == 1
    said, line = capsys.readouterr()
    assert (said, line.count("\n"), line[:7]) == ("", 1, "error: ")
    assert not written.exists()
    return line


def lines(done: CompletedProcess[str]) -> list[str]:
    return [line for line in done.stdout.splitlines() if line.startswith("error: ")]


def test_a_folder_with_files_is_rejected(tmp_path: Path) -> None:
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
        ("stacks: api", "stacks takes a list such as [a, b], not 'api'"),
        ("stacks: 5", "stacks takes a list such as [a, b], not 5"),
        ("owner-team: x", "doesn't ask for owner-team: did you mean owner_team?"),
        ("nothing: x", "doesn't ask for nothing: it asks for service_name, description, "),
        ("owner_team: [a]", "owner_team takes one value, not ['a']"),
        ("description: 2026-01-01", "description takes one value, not "),
        ("- api", "has no answers: write each as `NAME: VALUE`"),
        ("", "has no answers"),
    ],
)
def test_an_invalid_answer_is_rejected_in_one_line(
    answers: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "answers.yml").write_text(answers, encoding="utf-8")
    options = ("--defaults", "--data-file", str(tmp_path / "answers.yml"))
    assert expected in error_of(options, tmp_path, capsys)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--data", "ownr_team=x"), "did you mean owner_team?"),
        (("--data", "stacks=api"), "stacks takes a list such as [a, b], not 'api'"),
        (("--data", "owner_team"), "write it as NAME=VALUE"),
        (("--data", "stacks=[storage]"), "Every service has the stack storage: leave it out"),
        (("--default",), "Unknown switch --default: did you mean --defaults?"),
        (("--nothing-like-it",), "Unknown switch --nothing-like-it: see python3 dev.py new"),
        (("--data-file", "nowhere.yml"), "nowhere.yml can't be read: No such file or directory"),
        (("--data-file", "src"), "src can't be read: "),
        ((), "add --defaults, or answer service_name, description, owner_team, cost_center, "),
        (("--data", "service_name=a"), "add --defaults, or answer description, owner_team, "),
    ],
)
def test_invalid_options_are_rejected_in_one_line(
    options: tuple[str, ...], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert expected in error_of(options, tmp_path, capsys)


def test_after_an_error_there_is_no_service(tmp_path: Path) -> None:
    service = tmp_path / "service"
    done = new(ROOT, service, "--defaults", "--data", "service_name=Bad")
    (line,) = done.stdout.splitlines()
    assert (done.returncode, line) == (
        1,
        "error: Validation error for question 'service_name': "
        "a-z, 0-9, single hyphens; a letter first",
    )
    assert not service.exists()


def test_a_missing_folder_is_asked_for_or_reported() -> None:
    for options in ((), ("--defaults",), ("",)):
        done = new(ROOT, *options)
        (line,) = lines(done)
        assert (done.returncode, "name the service's folder first" in line) == (1, True)
    assert "Folder of the new service" in in_a_terminal(ROOT, "new")


def test_the_help_shows_the_format_of_lists() -> None:
    done = new(ROOT, "--help")
    assert done.returncode == 0
    assert "--data 'stacks=[api, events]'" in done.stdout


def test_with_every_answer_no_terminal_is_needed(tmp_path: Path) -> None:
    """By default, the name is that of the folder."""
    answers = "description: Ours.\nowner_team: '@acme/orders'\ncost_center: x\nstacks: []\n"
    (tmp_path / "answers.yml").write_text(answers, encoding="utf-8")
    given = (
        "--data-file",
        tmp_path / "answers.yml",
        "--data=service_name=orders",
        "--data=scaffold=empty",
    )
    done = new(ROOT, tmp_path / "My Orders", *given)
    assert done.returncode == 0, done.stdout
    made = yaml.safe_load((tmp_path / "My Orders/.copier-answers.yml").read_text("utf-8"))
    assert (made["service_name"], made["stacks"]) == ("orders", [])
    owners = (tmp_path / "My Orders/.github/CODEOWNERS").read_text("utf-8")
    assert made["organisation"] == "acme"
    assert "* @acme/orders\n" in owners


def test_a_template_without_history_is_rejected(tmp_path: Path) -> None:
    """For example, GitHub's ZIP. A service would have no version to update from."""
    copy = tmp_path / "template"
    (copy / "template").mkdir(parents=True)
    shutil.copy(ROOT / "dev.py", copy)
    shutil.copy(ROOT / "template" / "dev.py", copy / "template")
    done = new(copy, tmp_path / "service", "--defaults")
    (line,) = lines(done)
    assert (done.returncode, "clone the repository" in line) == (1, True)
    assert not (tmp_path / "service").exists()


def test_copier_rejects_a_template_without_history(releases: Path, tmp_path: Path) -> None:
    exported = export(releases, HERE, tmp_path)
    copier = (sys.executable, "-m", "copier", "copy", "--trust", "--defaults", "--quiet")
    done = run(tmp_path, *copier, exported, tmp_path / "service")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "This copy of the template has no history, so a service made from it couldn't be updated: "
        "copy from the repository's URL, as README.md shows"
    ]
    assert not (tmp_path / "service").exists()
