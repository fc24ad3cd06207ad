"""The entries of git trees, and the team's entries that git can't merge with the template's.

Git merges files. If a link, a submodule or a folder has the path of a file, or a file has the path
of a folder, git renames one of them, replaces the link, or stops.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aws_service_kit.update.git import Git

LINK, SUBMODULE, FOLDER = "120000", "160000", "040000"
DESCRIPTIONS = {LINK: "a symbolic link", SUBMODULE: "a submodule", FOLDER: "a folder"}


class Entry(NamedTuple):
    """An entry of a tree.

    Attributes:
        mode: Git's file mode, six digits.
        id: The object's id.
    """

    mode: str
    id: str

    @property
    def description(self) -> str:
        """The type of the entry, with an article."""
        return DESCRIPTIONS.get(self.mode, "a file")

    @property
    def is_file(self) -> bool:
        """Whether it is a file, executable or not."""
        return self.mode not in DESCRIPTIONS


def entries_of(git: Git, commit: str = "HEAD") -> dict[str, Entry]:
    """Return the files, links, submodules and folders of a commit.

    Args:
        git: Git in a folder.
        commit: The commit.

    Returns:
        The entries by their paths relative to that folder.
    """
    entries = {}
    for line in git.names("ls-tree", "-r", "-t", "-z", "--full-tree", f"{commit}:./"):
        entry, _, path = line.partition("\t")
        mode, _, name = entry.split()
        entries[path] = Entry(mode, name)
    return entries


def with_parents(path: str) -> tuple[str, ...]:
    """Return the parent folders of a path, the outermost first, followed by the path."""
    parents = [str(folder) for folder in PurePosixPath(path).parents]
    return (*parents[-2::-1], path)


def obstacle_to(path: str, entries: Mapping[str, Entry]) -> str | None:
    """Return the path of an entry that prevents creating a file; None if there is none."""
    for place in with_parents(path):
        entry = entries.get(place)
        if entry and not (entry.is_file if place == path else entry.mode == FOLDER):
            return place
    return None


def describe_obstacle(path: str, obstacle: str, entries: Mapping[str, Entry]) -> str:
    """Describe the team's entry that prevents creating a file."""
    where = "there" if obstacle == path else f"at `{obstacle}`"
    return f"you have {entries[obstacle].description} {where}"


@dataclass(frozen=True)
class Sides:
    """The three sides of a merge.

    Attributes:
        ours: The team's entries.
        base: The template's previous entries.
        theirs: The template's new entries.
    """

    ours: Mapping[str, Entry]
    base: Mapping[str, Entry]
    theirs: Mapping[str, Entry]

    def unmergeable(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the template's paths that git can't merge, with the reasons."""
        # On a case-insensitive file system, git would overwrite one file with the other.
        spellings = {path.casefold(): path for path in self.ours}
        found = {path: self._obstacle(path, spellings) for path in paths}
        return {path: self._reason(path, place) for path, place in found.items() if place}

    def _obstacle(self, path: str, spellings: Mapping[str, str]) -> str | None:
        """Return the path of the team's entry that prevents a change; None if there is none."""
        if path not in self.theirs:
            ours = self.ours.get(path)
            kept = ours is not None and ours.mode in {LINK, SUBMODULE}
            return path if kept and ours != self.base.get(path) else None
        for place in with_parents(path):
            found = place if place in self.ours else spellings.get(place.casefold(), "")
            if self._blocks(found, place, path):
                return found
        return None

    def _blocks(self, found: str, place: str, path: str) -> bool:
        """Return whether the team's entry prevents git from merging a path."""
        ours = self.ours.get(found)
        if ours is None or ours == self.base.get(found):
            return False
        if place != path:
            return ours.mode != FOLDER
        if found != path:
            return path not in self.base  # otherwise the team has renamed it
        return not self._are_files(path)

    def _are_files(self, path: str) -> bool:
        """Return whether a path is a file on every side where it exists."""
        sides = (side.get(path) for side in (self.ours, self.base, self.theirs))
        return all(entry.is_file for entry in sides if entry)

    def _reason(self, path: str, obstacle: str) -> str:
        change = "changes" if path in self.base else "adds"
        if path not in self.theirs:
            change = "removes"
        return f"the template {change} it, and {describe_obstacle(path, obstacle, self.ours)}"
