"""Merge the template's changes into a service, on a branch in a separate worktree."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.relevant_changes import RELEASE

if TYPE_CHECKING:
    from pathlib import Path

    from aws_service_kit.update.git import Git
    from aws_service_kit.update.relevant_changes import RelevantChanges
    from aws_service_kit.update.service import ServiceCheckout

# Git's status codes of unmerged files, except those with both letters U.
BOTH = ("AA", "DD")
CONFLICTS = {
    "UU": "you and the template changed the same lines",
    "AA": "the template now has a file at this path, and so do you",
    "UD": "the template has removed it, and you have changed it",
}
CONFLICT_MARKERS = (b"<<<<<<< ", b">>>>>>> ")


@dataclass(frozen=True)
class Merged:
    """The result of merging the template's changes.

    Attributes:
        conflicts: Files that need a decision, with the reasons.
        edited: Files in which changes of the template and the team were merged.
    """

    conflicts: dict[str, str]
    edited: tuple[str, ...]


def free_branch(git: Git, branch: str) -> str:
    """Return a name for the update's branch, with a number if earlier branches were merged.

    Raises:
        UpdateError: A branch of an earlier update isn't merged.
    """
    for number in itertools.count(1):
        name = branch if number == 1 else f"{branch}-{number}"
        if not git.succeeds("rev-parse", "--verify", "--quiet", f"refs/heads/{name}"):
            return name
        if not _is_merged(git, f"refs/heads/{name}"):
            raise UpdateError(
                f"The branch {name} of an earlier update exists: merge it, or delete it with "
                f"`git branch -D {name}`. Nothing was changed."
            )
    raise AssertionError("itertools.count is endless")


def _is_merged(git: Git, branch: str) -> bool:
    """Return whether a branch is merged, also by squashing: a merge would change nothing."""
    if git.succeeds("merge-base", "--is-ancestor", branch, "HEAD"):
        return True
    merged = ("merge-tree", "--write-tree", "HEAD", branch)
    # The command fails with conflicts, and with git before 2.38, which doesn't have it.
    return git.succeeds(*merged) and git(*merged) == git("rev-parse", "HEAD^{tree}")


def merge(service: ServiceCheckout, revision: RelevantChanges) -> Merged:
    """Merge a change into a service, on the update's branch.

    Args:
        service: The service, on its branch; its working tree isn't changed.
        revision: The template's changes.

    Returns:
        The result, with paths relative to the service's folder.

    Raises:
        UpdateError: Git fails.
    """
    git = service.git
    git("fetch", "--quiet", "--no-tags", revision.folder, RELEASE, revision.target)
    edited = _edited(git, revision)
    for old, new in revision.moved.items():
        (git.folder / new).parent.mkdir(parents=True, exist_ok=True)
        git("mv", "--", old, new)
    # Without rename detection, the template's changes don't follow a file that the team has
    # renamed. Before git 2.50, only the older strategy supports this.
    options = ("--strategy=recursive", *(f"-X{name}" for name in ("no-renames", "renormalize")))
    try:
        git("cherry-pick", "--no-commit", *options, revision.target)
    except UpdateError:
        # The command also fails with conflicts, which are returned instead of an error.
        if not _states(git):
            raise
    conflicts = unmerged(git)
    return Merged(conflicts, tuple(path for path in edited if path not in conflicts))


def unmerged(git: Git) -> dict[str, str]:
    """Return the files that need a decision, with the reasons."""
    return {path: CONFLICTS.get(state, state) for path, state in _states(git).items()}


def marked(git: Git) -> list[str]:
    """Return the changed files with conflict markers."""
    changed = ("diff", "--name-only", "--diff-filter=d", "--relative", "-z", "HEAD", "--", ".")
    return [path for path in git.names(*changed) if _has_markers(git.folder / path)]


def keep_ours(git: Git) -> None:
    """Resolve every conflict with the team's version."""
    for path in _states(git):
        git("checkout", "--quiet", "--ours", "--", path)
        git("add", "--", path)


def _states(git: Git) -> dict[str, str]:
    """Return the unmerged files with the two letters of their status."""
    prefix = git("rev-parse", "--show-prefix").strip()
    lines = git.names("status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", ".")
    return {
        line[3:].removeprefix(prefix): line[:2]
        for line in lines
        if "U" in line[:2] or line[:2] in BOTH
    }


def _has_markers(file: Path) -> bool:
    return file.is_file() and any(
        line.startswith(CONFLICT_MARKERS) for line in file.read_bytes().splitlines()
    )


def _edited(git: Git, revision: RelevantChanges) -> tuple[str, ...]:
    """Return the files that both the template and the team have changed."""
    options = ("diff", "--name-only", "--diff-filter=M", "--no-renames", "--relative", "-z")
    return tuple(
        path
        for path in git.names(*options, revision.base, revision.target)
        if git.succeeds("cat-file", "-e", f"HEAD:./{path}")
        and not git.succeeds("diff", "--quiet", revision.base, "HEAD", "--", path)
    )
