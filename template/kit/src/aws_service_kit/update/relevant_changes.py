"""The part of the template's changes that applies to a service with the team's edits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from aws_service_kit.update import pins
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import Git
from aws_service_kit.update.ownership import Ownership
from aws_service_kit.update.tree_entries import FOLDER, Sides, entries_of, with_parents

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from aws_service_kit.update.pristine import Pristine
    from aws_service_kit.update.service import ServiceCheckout
    from aws_service_kit.update.tree_entries import Entry

# The branch with the whole change.
RELEASE = "release"


@dataclass(frozen=True)
class RelevantChanges:
    """The change to merge into a service, as two commits of a temporary repository.

    Attributes:
        folder: The repository.
        base: The commit before the change.
        target: The commit after the change; its parent is `base`.
        moved: The new path of each file of the service that the template moved.
        ignored: Changed files that git ignores in the service; not in `target`.
        unmerged: Changed paths that git can't merge, with the reasons; not in `target`.
        deleted: Changed files that the team has deleted; not in `target`.
        release: The commit after the change, including the files that aren't in `target`.
        raised: The raised pins that the service keeps.
        caught_up: The raised pins that the template's pins have reached, with those versions.
        empty: Whether nothing changes.
    """

    folder: Path
    base: str
    target: str
    moved: dict[str, str]
    ignored: tuple[str, ...]
    unmerged: dict[str, str]
    deleted: tuple[str, ...]
    release: str
    raised: tuple[pins.Raised, ...]
    caught_up: tuple[pins.Raised, ...]
    empty: bool


def revise(service: ServiceCheckout, pristine: Pristine) -> RelevantChanges:
    """Remove the template's changes that don't apply to a service.

    Args:
        service: The service.
        pristine: The pristine copy, which is changed too.

    Raises:
        UpdateError: `raised-pins.toml` is damaged.
    """
    ownership = Ownership.read(pristine.home)
    whole = _Change(service, pristine, ownership)
    whole.leave_files_of_the_team()
    whole.delete_retired_files()
    release = pristine.commit(pristine.after)
    pristine.git("branch", "--force", RELEASE, release)
    change = _Change(service, replace(pristine, target=release), ownership)
    unmerged = change.leave_unmergeable()
    ignored = change.leave_ignored(unmerged)
    deleted = change.leave_deleted({*unmerged, *ignored})
    raised, caught_up = change.keep_raised_pins()
    target = pristine.commit(pristine.after)
    moved = change.movable(left_out={*unmerged, *ignored})
    base = change.base_with(moved)
    empty = not moved and pristine.git.succeeds("diff", "--quiet", base, target)
    # The only parent, so that git merges exactly the difference between the two.
    target = pristine.git("commit-tree", "-p", base, "-m", pristine.after, f"{target}^{{tree}}")
    pristine.git("reset", "--quiet", "--hard", target.strip())
    return RelevantChanges(
        folder=pristine.folder,
        base=base,
        target=target.strip(),
        moved=moved,
        ignored=ignored,
        unmerged=unmerged,
        deleted=deleted,
        release=release,
        raised=tuple(raised),
        caught_up=tuple(caught_up),
        empty=empty,
    )


class _Change:
    """The template's changes in the pristine copy's working tree."""

    def __init__(self, service: ServiceCheckout, pristine: Pristine, ownership: Ownership) -> None:
        self.service = service
        self.pristine = pristine
        self.ownership = ownership
        self.sides = Sides(
            ours=entries_of(service.git),
            base=entries_of(pristine.git, pristine.base),
            theirs=entries_of(pristine.git, pristine.target),
        )

    @cached_property
    def raised(self) -> list[pins.Raised]:
        """The raised pins of the service, with the template's pins at that time."""
        if pins.PINS_FILE.as_posix() not in self.sides.ours:
            return []
        try:
            return pins.read(self.service.git("show", f"HEAD:./{pins.PINS_FILE}"))
        except pins.PinError as error:
            raise UpdateError(str(error)) from None

    def leave_files_of_the_team(self) -> None:
        """Don't change the team's files, except to add missing files of a newly chosen stack."""
        self._leave(
            path
            for path in self.pristine.changed()
            if self.ownership.of(path) == "service"
            and (path in self.sides.base or path in self.sides.ours)
        )

    def delete_retired_files(self) -> None:
        """Delete retired files, which Copier keeps: otherwise it would also delete edited files."""
        for path in self.ownership.retired | self.ownership.moved.keys():
            self.pristine.git("rm", "--quiet", "--force", "--ignore-unmatch", "--", path)

    def leave_unmergeable(self) -> dict[str, str]:
        """Don't change paths where the team has a link, a submodule or a folder."""
        unmerged = self.sides.unmergeable(self.pristine.changed())
        self._leave(unmerged)
        return unmerged

    def leave_ignored(self, left_out: Collection[str]) -> tuple[str, ...]:
        """Don't change files that git ignores, since they couldn't be restored."""
        tracked = entries_of(Git(self.service.root))
        changed = (path for path in self.pristine.changed() if path not in left_out)
        ignored = tuple(path for path in changed if self._is_ignored(path, tracked))
        self._leave(ignored)
        return ignored

    def leave_deleted(self, left_out: Collection[str]) -> tuple[str, ...]:
        """Don't restore files that the team has deleted."""
        base, ours, theirs = self.sides.base, self.sides.ours, self.sides.theirs
        deleted = tuple(
            path
            for path in self.pristine.changed()
            if path in base and path in theirs and path not in {*ours, *left_out}
        )
        self._leave(deleted)
        return deleted

    def keep_raised_pins(self) -> tuple[list[pins.Raised], list[pins.Raised]]:
        """Write the service's raised pins, except those that the template's pins have reached."""
        ahead, caught_up = pins.above(self.pristine.home, self.raised)
        pins.write(self.pristine.home, ahead)
        pins.save(self.pristine.home, ahead)
        return ahead, caught_up

    def movable(self, left_out: Collection[str]) -> dict[str, str]:
        """Return the template's moves that the team's files can follow."""
        base, ours = self.sides.base, self.sides.ours
        return {
            old: new
            for old, new in self.ownership.moved.items()
            if old in base and old in ours and ours[old].is_file and new not in {*ours, *left_out}
        }

    def base_with(self, moved: dict[str, str]) -> str:
        """Commit a base with the service's raised pins and with files at their new paths."""
        if not moved and not self.raised:
            return self.pristine.base
        git = self.pristine.git
        git("checkout", "--quiet", self.pristine.base)
        for old, new in moved.items():
            (self.pristine.home / new).parent.mkdir(parents=True, exist_ok=True)
            git("mv", "--force", "--", old, new)
        pins.write(self.pristine.home, self.raised)
        for path in pins.rewritten(self.raised):
            text = self.service.git("show", f"HEAD:./{path}")
            (self.pristine.home / path).write_text(text, encoding="utf-8")
        return self.pristine.commit("The service's pins and moved files")

    def _is_ignored(self, path: str, tracked: Mapping[str, Entry]) -> bool:
        """Return whether an untracked file is at a path, or at the path of its folder."""
        for place in with_parents(path):
            file, entry = self.service.root / place, tracked.get(place)
            if entry is None:
                if file.is_symlink() or (file.exists() and (place == path or not file.is_dir())):
                    return True
            elif entry.mode != FOLDER:
                return False
        return False

    def _leave(self, paths: Iterable[str]) -> None:
        """Restore paths to the base."""
        for path in paths:
            if path in self.sides.base:
                self.pristine.git("checkout", "--quiet", self.pristine.base, "--", path)
            else:
                self.pristine.git("rm", "--quiet", "--force", "--", path)
