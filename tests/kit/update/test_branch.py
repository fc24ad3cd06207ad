"""Advice for a repository whose default branch isn't deployed."""

from __future__ import annotations

from pathlib import Path

import pytest
from aws_service_kit.project import ROOT
from aws_service_kit.update.branch import WORKFLOW, advice
from aws_service_kit.update.git import VERBATIM, Git

ADVICE = (
    "Only the branch main is deployed (.github/workflows/deploy.yml), and this repository has "
    "none: git branch --move main"
)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """A repository on `master`, with the service's workflow."""
    (tmp_path / WORKFLOW).parent.mkdir(parents=True)
    text = (ROOT / WORKFLOW).read_text(encoding="utf-8")
    (tmp_path / WORKFLOW).write_text(text, encoding="utf-8")
    git = Git(tmp_path, *VERBATIM)
    git("init", "--quiet")
    git("symbolic-ref", "HEAD", "refs/heads/master")
    return git


def test_the_advice_is_given_before_and_after_the_first_commit(git: Git) -> None:
    assert advice(git.folder) == ADVICE
    git("commit", "--quiet", "--allow-empty", "--message", "Begin")
    assert advice(git.folder) == ADVICE
    git("branch", "--move", "main")
    assert advice(git.folder) is None


def test_with_the_deployed_branch_there_is_no_advice(git: Git) -> None:
    git("commit", "--quiet", "--allow-empty", "--message", "Begin")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert advice(git.folder) is None


def test_without_a_branch_or_workflow_there_is_no_advice(git: Git) -> None:
    git("commit", "--quiet", "--allow-empty", "--message", "Begin")
    git("checkout", "--quiet", "--detach")
    assert advice(git.folder) is None
    (git.folder / WORKFLOW).unlink()
    git("switch", "--quiet", "master")
    assert advice(git.folder) is None
