"""The name of an update's branch in repositories with earlier ones."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import VERBATIM, Git
from aws_service_kit.update.merge import free_branch

BRANCH = "template-update-1.2.0"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """A repository with a branch of an earlier update."""
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", tmp_path], check=True)
    git = Git(tmp_path, *VERBATIM)
    for branch, text in (("main", "a\n"), (BRANCH, "a\nb\n")):
        if branch != "main":
            git("switch", "--quiet", "--create", branch)
        (tmp_path / "file").write_text(text, encoding="utf-8")
        git("add", "file")
        git("commit", "--quiet", "--message", branch)
    git("switch", "--quiet", "main")
    return git


def test_an_unmerged_branch_is_rejected(git: Git) -> None:
    with pytest.raises(UpdateError, match=f"git branch -D {BRANCH}"):
        free_branch(git, BRANCH)
    assert free_branch(git, "template-update-1.3.0") == "template-update-1.3.0"


@pytest.mark.parametrize("how", ["--ff-only", "--squash", "--no-ff"])
def test_after_a_merge_the_next_branch_has_a_number(git: Git, how: str) -> None:
    git("merge", "--quiet", how, *(["--no-edit"] if how == "--no-ff" else []), BRANCH)
    if how == "--squash":
        git("commit", "--quiet", "--message", "Squashed")
    (git.folder / "other").write_text("later work\n", encoding="utf-8")
    git("add", "other")
    git("commit", "--quiet", "--message", "Later")
    assert free_branch(git, BRANCH) == f"{BRANCH}-2"
    git("branch", f"{BRANCH}-2")
    assert free_branch(git, BRANCH) == f"{BRANCH}-3"


def test_an_unmerged_numbered_branch_is_rejected(git: Git) -> None:
    """The first is merged, the second isn't."""
    git("merge", "--quiet", "--ff-only", BRANCH)
    git("switch", "--quiet", "--create", f"{BRANCH}-2")
    (git.folder / "file").write_text("c\n", encoding="utf-8")
    git("commit", "--quiet", "--all", "--message", "Half")
    git("switch", "--quiet", "main")
    with pytest.raises(UpdateError, match=f"git branch -D {BRANCH}-2"):
        free_branch(git, BRANCH)
