"""Patches of scaffolded files, applied to files that a team may have edited.

A patch applies if its context is unchanged, also at another line. It is applied completely or not
at all.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aws_service_kit.update.git import VERBATIM, Git
from aws_service_kit.update.tree_entries import describe_obstacle, entries_of, obstacle_to

if TYPE_CHECKING:
    from collections.abc import Sequence

PART = re.compile(r"^diff --git ", re.MULTILINE)
NEW_FILE = re.compile(r"^new file mode ", re.MULTILINE)
# Git's messages for a hunk that doesn't apply, and for a file that can't be created or removed.
REJECTED_HUNK = re.compile(r"^error: patch failed: (?P<path>.+):(?P<line>\d+)$", re.MULTILINE)
REJECTED_FILE = re.compile(r"^error: (?P<path>[^:]+): (?P<why>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A patch's changes of one file.

    Attributes:
        path: The file.
        text: The diff.
    """

    path: str
    text: str

    @property
    def creates(self) -> bool:
        """The patch creates the file."""
        return NEW_FILE.search(self.text) is not None


def parts_of(patch: str) -> tuple[Part, ...]:
    """Split the output of `git diff --no-renames` by files."""
    starts = [found.start() for found in PART.finditer(patch)]
    texts = [patch[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
    return tuple(Part(_path(text.partition("\n")[0]), text) for text in texts)


def already_applied(home: Path, patches: Sequence[Sequence[Part]]) -> list[tuple[Part, ...]]:
    """Return the parts of consecutive patches that a service already has.

    A file has the first parts of its patches if they can be reversed in the opposite order. A newly
    chosen stack has all parts.

    Args:
        home: The service's folder.
        patches: The patches in the order of their application.
    """
    of_file: dict[str, list[Part]] = {}
    for part in (part for patch in patches for part in patch):
        of_file.setdefault(part.path, []).append(part)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Git(Path(folder), *VERBATIM)
        scratch("init", "--quiet")
        had = {part for parts in of_file.values() for part in _reversible(home, scratch, parts)}
    return [tuple(part for part in patch if part in had) for patch in patches]


def apply_patch(git: Git, prefix: str, parts: Sequence[Part]) -> list[tuple[str, int, str]]:
    """Apply a patch to a clean working tree and its index, or return the reasons why it can't.

    Args:
        git: Git in the service's folder.
        prefix: That folder within the repository.
        parts: The patch, which is applied completely or not at all.

    Returns:
        File, line and reason of each part that doesn't apply; empty if it was applied.
    """
    # Git detects these only after it has written earlier files.
    entries = entries_of(git)
    obstacles = {part.path: obstacle_to(part.path, entries) for part in parts}
    if any(obstacles.values()):
        return [
            (path, 1, describe_obstacle(path, place, entries))
            for path, place in obstacles.items()
            if place
        ]
    patch = "".join(part.text for part in parts)
    # Refreshes the index, so that copied or touched files don't count as changed.
    git.succeeds("update-index", "-q", "--refresh")
    error = git.apply(patch, "--index", *([] if prefix == "." else [f"--directory={prefix}"]))
    if error is None:
        return []
    found = [(each["path"], int(each["line"])) for each in REJECTED_HUNK.finditer(error)]
    hunks = [(_within(prefix, path), line, "these lines were changed") for path, line in found]
    named = {path for path, _, _ in hunks}
    files = [(_within(prefix, each["path"]), each["why"]) for each in REJECTED_FILE.finditer(error)]
    others = [(path, 1, why) for path, why in files if path not in named and path != "patch failed"]
    return [*hunks, *others] or [("", 1, error)]


def _reversible(home: Path, scratch: Git, parts: Sequence[Part]) -> Sequence[Part]:
    """Return the longest sequence of first parts that can be reversed."""
    git, path = Git(home), parts[0].path
    copy = scratch.folder / path
    # The content in git, independent of the working tree's line endings.
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
