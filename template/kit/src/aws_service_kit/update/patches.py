"""Patches of scaffolded files, applied to what a team has made of them.

A patch fits where its context is as it was scaffolded, at whatever line. All of it is applied, or
nothing: `git apply` guesses nowhere.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aws_service_kit.update.entries import entries_of, obstacle_to, what_is_there
from aws_service_kit.update.git import VERBATIM, Git

if TYPE_CHECKING:
    from collections.abc import Sequence

PART = re.compile(r"^diff --git ", re.MULTILINE)
NEW_FILE = re.compile(r"^new file mode ", re.MULTILINE)
# What git says of a hunk that doesn't fit, and of a file that can't be made or removed.
REFUSED_HUNK = re.compile(r"^error: patch failed: (?P<path>.+):(?P<line>\d+)$", re.MULTILINE)
REFUSED_FILE = re.compile(r"^error: (?P<path>[^:]+): (?P<why>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """What a patch changes of one file.

    Attributes:
        path: The file.
        text: The diff.
    """

    path: str
    text: str

    @property
    def creates(self) -> bool:
        """The file is new."""
        return NEW_FILE.search(self.text) is not None


def parts_of(patch: str) -> tuple[Part, ...]:
    """Split a patch, as `git diff --no-renames` writes it, by files."""
    starts = [found.start() for found in PART.finditer(patch)]
    texts = [patch[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
    return tuple(Part(_path(text.partition("\n")[0]), text) for text in texts)


def already_had(home: Path, patches: Sequence[Sequence[Part]]) -> list[tuple[Part, ...]]:
    """Give the parts of consecutive patches that a service has already.

    A file has the first few of its parts, by turns, if they can be undone in reverse order: a
    newly chosen stack is scaffolded with all of them.

    Args:
        home: The service's folder.
        patches: The patches, in the order in which they are applied.
    """
    of_file: dict[str, list[Part]] = {}
    for part in (part for patch in patches for part in patch):
        of_file.setdefault(part.path, []).append(part)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Git(Path(folder), *VERBATIM)
        scratch("init", "--quiet")
        had = {part for parts in of_file.values() for part in _undone(home, scratch, parts)}
    return [tuple(part for part in patch if part in had) for patch in patches]


def refusals(git: Git, prefix: str, parts: Sequence[Part]) -> list[tuple[str, int, str]]:
    """Apply a patch to a clean working tree and its index, or report why it doesn't fit.

    Args:
        git: Git in the service's folder.
        prefix: That folder within the repository.
        parts: The patch; nothing of it is applied unless all of it is.

    Returns:
        File, line and reason of what doesn't fit; nothing if it was applied.
    """
    # Git finds out about them only after it has written the files before.
    entries = entries_of(git)
    obstacles = {part.path: obstacle_to(part.path, entries) for part in parts}
    if any(obstacles.values()):
        return [
            (path, 1, what_is_there(path, place, entries))
            for path, place in obstacles.items()
            if place
        ]
    patch = "".join(part.text for part in parts)
    # Files that were only copied or touched don't differ.
    git.succeeds("update-index", "-q", "--refresh")
    said = git.apply(patch, "--index", *([] if prefix == "." else [f"--directory={prefix}"]))
    if said is None:
        return []
    found = [(each["path"], int(each["line"])) for each in REFUSED_HUNK.finditer(said)]
    hunks = [(_within(prefix, path), line, "these lines were changed") for path, line in found]
    named = {path for path, _, _ in hunks}
    files = [(_within(prefix, each["path"]), each["why"]) for each in REFUSED_FILE.finditer(said)]
    others = [(path, 1, why) for path, why in files if path not in named and path != "patch failed"]
    return [*hunks, *others] or [("", 1, said)]


def _undone(home: Path, scratch: Git, parts: Sequence[Part]) -> Sequence[Part]:
    """Give the first parts that can be undone, the last of them first."""
    git, path = Git(home), parts[0].path
    copy = scratch.folder / path
    # As git has it, whatever the line ends of the working tree are.
    there = git.succeeds("cat-file", "-e", f"HEAD:./{path}")
    text = git("show", f"HEAD:./{path}") if there else ""
    for count in range(len(parts), 0, -1):
        copy.unlink(missing_ok=True)
        if there:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8", errors="surrogateescape", newline="\n")
        if all(scratch.apply(part.text, "--reverse") is None for part in reversed(parts[:count])):
            return parts[:count]
    return ()


def _within(prefix: str, path: str) -> str:
    return path.removeprefix(f"{prefix}/") if prefix != "." else path


def _path(heading: str) -> str:
    """Read the path of `diff --git a/PATH b/PATH`."""
    both = heading.removeprefix("diff --git ")
    return both[2 : (len(both) - 1) // 2]
