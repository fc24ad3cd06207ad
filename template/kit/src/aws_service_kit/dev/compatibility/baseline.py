"""The baseline of a comparison: the commit at which this branch left the default branch."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from aws_service_kit.dev.default_branch import REMOTE, default_branch


@dataclass(frozen=True)
class Baseline:
    """The last commit that this branch shares with the default branch.

    Later commits of the default branch aren't part of this branch, so they don't count.

    Attributes:
        root: The service's folder.
        branch: The default branch, such as `origin/main`.
        commit: The commit.
    """

    root: Path
    branch: str
    commit: str

    def text(self, path: Path) -> str | None:
        """Return a committed file's text, or None if the commit has no such file."""
        name = f"{self.commit}:./{path.as_posix()}"
        shown = _git(self.root, "show", name)
        return shown.stdout if shown.returncode == 0 else None


def find(root: Path) -> Baseline | None:
    """Find the commit to compare with.

    Returns:
        The commit; None if this clone has no default branch of `origin`, or no commit that this
        branch shares with it.
    """
    branch = default_branch(lambda *arguments: _git(root, *arguments).returncode == 0)
    if branch is None:
        return None
    shared = _git(root, "merge-base", "HEAD", branch)
    if shared.returncode != 0:
        return None
    return Baseline(root, branch.removeprefix(REMOTE), shared.stdout.strip())


def missing(root: Path) -> str:
    """Return the reason why there is no baseline, and the remedy, in one line."""
    if _git(root, "remote", "get-url", "origin").returncode != 0:
        return "this repository has no remote `origin`: git remote add origin URL"
    if default_branch(lambda *arguments: _git(root, *arguments).returncode == 0) is None:
        return "this clone doesn't have the default branch of `origin`: git fetch origin"
    return (
        "this branch shares no commit with the default branch of `origin` here: git fetch origin, "
        "in a shallow clone with --unshallow"
    )


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - arguments of this module
        ["git", *arguments],  # noqa: S607 - the user's git
        cwd=root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
