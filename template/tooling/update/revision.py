# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What of the template's changes concerns a service, given what the team has made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tooling.update.git import Git
from tooling.update.ownership import Ownership

if TYPE_CHECKING:
    from pathlib import Path

    from tooling.update.pristine import Pristine
    from tooling.update.service import Service


@dataclass(frozen=True)
class Revision:
    """The change that is to be merged into a service, as two commits of a repository of its own.

    Attributes:
        folder: That repository.
        base: The commit of the service before the change.
        target: The commit after it; `base` is its parent.
        moved: Old paths to new ones, both in the service, which its files follow.
        ignored: What the template changes and git ignores in the service: not in `target`.
        empty: Nothing changes.
    """

    folder: Path
    base: str
    target: str
    moved: dict[str, str]
    ignored: tuple[str, ...]
    empty: bool


def revise(service: Service, pristine: Pristine) -> Revision:
    """Take out of the template's changes what isn't the template's to change.

    Args:
        service: The service.
        pristine: What the template makes of it, which is changed too.
    """
    change = _Change(service, pristine, Ownership.read(pristine.home))
    change.keep_what_the_team_owns()
    change.drop_what_is_retired()
    ignored = change.leave_what_git_ignores()
    target = pristine.commit(pristine.after)
    empty = pristine.git.succeeds("diff", "--quiet", pristine.base, target)
    moved = change.movable()
    base = change.base_with(moved)
    # Its only parent, so that git merges exactly the difference between the two.
    target = pristine.git("commit-tree", "-p", base, "-m", pristine.after, f"{target}^{{tree}}")
    pristine.git("reset", "--quiet", "--hard", target.strip())
    return Revision(pristine.folder, base, target.strip(), moved, ignored, empty)


@dataclass(frozen=True)
class _Change:
    service: Service
    pristine: Pristine
    ownership: Ownership

    def keep_what_the_team_owns(self) -> None:
        """Leave only those seeds of a stack just chosen that the team doesn't have."""
        for path in self.pristine.changed():
            if self.ownership.of(path) == "service" and (
                self.pristine.has(path) or self._in_service(path)
            ):
                self._revert(path)

    def drop_what_is_retired(self) -> None:
        """Delete what Copier keeps in updates: by itself it would delete edited files too."""
        for path in self.ownership.retired | self.ownership.moved.keys():
            self.pristine.git("rm", "--quiet", "--force", "--ignore-unmatch", "--", path)

    def leave_what_git_ignores(self) -> tuple[str, ...]:
        """Leave files alone that the team has and git ignores: nothing could bring them back."""
        ignored = [
            path
            for path in self.pristine.changed()
            if (self.service.root / path).exists() and not _has(Git(self.service.root), path)
        ]
        for path in ignored:
            self._revert(path)
        return tuple(ignored)

    def movable(self) -> dict[str, str]:
        """List the template's moves that the team's files can follow."""
        return {
            old: new
            for old, new in self.ownership.moved.items()
            if self.pristine.has(old) and self._in_service(old) and not self._in_service(new)
        }

    def base_with(self, moved: dict[str, str]) -> str:
        """Make a base in which files lie where the template has moved them."""
        if not moved:
            return self.pristine.base
        git = self.pristine.git
        git("checkout", "--quiet", self.pristine.base)
        for old, new in moved.items():
            (self.pristine.home / new).parent.mkdir(parents=True, exist_ok=True)
            git("mv", "--force", "--", old, new)
        return self.pristine.commit("Moved")

    def _in_service(self, path: str) -> bool:
        return _has(self.service.git, path)

    def _revert(self, path: str) -> None:
        if self.pristine.has(path):
            self.pristine.git("checkout", "--quiet", self.pristine.base, "--", path)
        else:
            self.pristine.git("rm", "--quiet", "--force", "--", path)


def _has(git: Git, path: str) -> bool:
    """Return whether a path is committed."""
    return git.succeeds("cat-file", "-e", f"HEAD:./{path}")
