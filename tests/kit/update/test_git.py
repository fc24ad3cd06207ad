"""Errors of git are shown in one line."""

from pathlib import Path

import pytest
from aws_service_kit.update.errors import UpdateError, reason
from aws_service_kit.update.git import VERBATIM, Git
from aws_service_kit.update.resources import compare


@pytest.fixture
def git(tmp_path: Path) -> Git:
    git = Git(tmp_path, *VERBATIM)
    git("init", "--quiet")
    return git


def test_the_first_relevant_line_is_shown(git: Git) -> None:
    with pytest.raises(UpdateError, match=r"^`git switch` failed: invalid reference: nowhere$"):
        git("switch", "nowhere")
    assert not git.succeeds("rev-parse", "--verify", "--quiet", "nowhere")


def test_the_message_of_a_remote_comes_first(git: Git) -> None:
    denied = "git@example.invalid: Permission denied (publickey)."
    ssh = f"echo 'Warning: Permanently added the host.' >&2; echo '{denied}' >&2; exit 1; :"
    fetch = ("-c", f"core.sshCommand={ssh}", "ls-remote", "git@example.invalid:acme/template.git")
    assert git.failure(*fetch) == denied


def test_suggestions_of_git_are_shown(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    found = Git(git.folder).failure("status")
    assert found is not None
    assert found.startswith("detected dubious ownership in repository at ")
    suggested = f"`git config --global --add safe.directory {git.folder}`"
    assert found.endswith(f" (git suggests {suggested})")


def test_a_missing_folder_or_program_is_named(
    tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UpdateError, match=r"nowhere doesn't exist any more\.$"):
        Git(tmp_path / "nowhere")("status")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UpdateError, match=r"^git isn't installed\.$"):
        Git(tmp_path)("status")
    with pytest.raises(UpdateError, match=r"^Node\.js isn't set up: run `python3 dev\.py setup`"):
        compare(tmp_path, tmp_path)
    assert git.folder == tmp_path


TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    raise E\n'


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        (f"{TRACEBACK}ValueError: Twelve digits\n", "Twelve digits"),
        (f"{TRACEBACK}yaml.ParserError: expected\n  in line 2\n", "expected in line 2"),
        (f"{TRACEBACK}KeyError: 'a'\n\nDuring …:\n\n{TRACEBACK}TypeError: b\n", "b"),
        (f"{TRACEBACK}AssertionError\n", "AssertionError"),
        ("\nThis release updates from 1.6.0 on.\n", "This release updates from 1.6.0 on."),
        ("Error: Unknown switch --foo\n------\nUsage:\n", "Unknown switch --foo"),
        ("", "see above"),
    ],
)
def test_a_traceback_becomes_the_message_of_its_exception(stderr: str, expected: str) -> None:
    assert reason(stderr) == expected
