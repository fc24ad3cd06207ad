"""Merge what the template changes into a service, on a branch in a folder of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.revision import RELEASE

if TYPE_CHECKING:
    from pathlib import Path

    from aws_service_kit.update.git import Git
    from aws_service_kit.update.revision import Revision
    from aws_service_kit.update.service import Service

# What git's status says of a file that it couldn't merge, beside the letter U.
BOTH = ("AA", "DD")
CONFLICTS = {
    "UU": "you and the template changed the same lines",
    "AA": "the template ships this path now, and you have a file of your own there",
    "UD": "the template has retired it, and you had changed it",
}
CONFLICT_MARKERS = (b"<<<<<<< ", b">>>>>>> ")


@dataclass(frozen=True)
class Merged:
    """What became of the template's changes.

    Attributes:
        conflicts: Files that somebody has to decide on, to why.
        edited: Files in which the template's changes and the team's were merged.
    """

    conflicts: dict[str, str]
    edited: tuple[str, ...]


def refuse_taken(service: Service, branch: str) -> None:
    """Overwrite no branch.

    Raises:
        UpdateError: There is one of this name.
    """
    if service.git.succeeds("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"):
        raise UpdateError(
            f"There is a branch {branch}, of an earlier update: merge it, or drop it by "
            f"`git branch -D {branch}`. Nothing was changed."
        )


def merge(service: Service, revision: Revision) -> Merged:
    """Merge a change into a service, on the update's branch.

    Args:
        service: The service, on its branch; its own working tree isn't touched.
        revision: What the template changes.

    Returns:
        What became of the change. Paths are relative to the service's folder.

    Raises:
        UpdateError: Git refuses.
    """
    git = service.git
    git("fetch", "--quiet", "--no-tags", revision.folder, RELEASE, revision.target)
    edited = _edited(git, revision)
    for old, new in revision.moved.items():
        (git.folder / new).parent.mkdir(parents=True, exist_ok=True)
        git("mv", "--", old, new)
    # What a team renames is its own from then on, and doesn't follow the template. Before git 2.50
    # only the older strategy can leave renames alone.
    options = ("--strategy=recursive", *(f"-X{name}" for name in ("no-renames", "renormalize")))
    try:
        git("cherry-pick", "--no-commit", *options, revision.target)
    except UpdateError:
        # With conflicts it fails too, and git's own words for them aren't needed.
        if not _states(git):
            raise
    conflicts = unmerged(git)
    return Merged(conflicts, tuple(path for path in edited if path not in conflicts))


def unmerged(git: Git) -> dict[str, str]:
    """List the files that somebody has to decide on, to why."""
    return {path: CONFLICTS.get(state, state) for path, state in _states(git).items()}


def marked(git: Git) -> list[str]:
    """List the changed files in which markers of a conflict are left."""
    changed = ("diff", "--name-only", "--diff-filter=d", "--relative", "-z", "HEAD", "--", ".")
    return [path for path in git.names(*changed) if _has_markers(git.folder / path)]


def keep_the_teams(git: Git) -> None:
    """Decide every conflict for what the team has."""
    for path in _states(git):
        git("checkout", "--quiet", "--ours", "--", path)
        git("add", "--", path)


def _states(git: Git) -> dict[str, str]:
    """Map the files that git couldn't merge to the two letters that its status has for them."""
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


def _edited(git: Git, revision: Revision) -> tuple[str, ...]:
    """List the files that both the template and the team have changed."""
    options = ("diff", "--name-only", "--diff-filter=M", "--no-renames", "--relative", "-z")
    return tuple(
        path
        for path in git.names(*options, revision.base, revision.target)
        if git.succeeds("cat-file", "-e", f"HEAD:./{path}")
        and not git.succeeds("diff", "--quiet", revision.base, "HEAD", "--", path)
    )
