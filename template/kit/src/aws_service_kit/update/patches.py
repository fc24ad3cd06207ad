"""Patches of scaffolded files, applied to files that a team may have edited.

A patch applies if its context is unchanged, also at another line. It is applied completely or not
at all.
In a patch, the files of the scaffold `empty` are in the folder `empty/`, as in the template.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aws_service_kit.update.git import VERBATIM, Git
from aws_service_kit.update.tree_entries import describe_obstacle, entries_of, obstacle_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

VARIANTS = "empty/"
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
        variant: Whether it changes the file of the scaffold `empty`.
    """

    path: str
    text: str
    variant: bool = False

    @property
    def creates(self) -> bool:
        """The patch creates the file."""
        return NEW_FILE.search(self.text) is not None


def parts_of(patch: str) -> tuple[Part, ...]:
    """Split the output of `git diff --no-renames` by files."""
    starts = [found.start() for found in PART.finditer(patch)]
    texts = [patch[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
    return tuple(map(_part, texts))


def for_empty_scaffold(
    home: Path, patches: Sequence[Sequence[Part]], has_variant: Callable[[str], bool]
) -> list[tuple[Part, ...]]:
    """Return the parts for a service with the scaffold `empty`.

    At the path of a variant, the service has the variant. If `remove-sample` kept the sample's
    file, because the team needs it, the sample's parts apply.

    Args:
        home: The service's folder.
        patches: The patches in the order of their application.
        has_variant: Returns whether the scaffold `empty` has another file at a path.
    """
    every = [part for patch in patches for part in patch]
    variants = {path for path in {part.path for part in every} if has_variant(path)}
    variants |= {part.path for part in every if part.variant}
    with _scratch() as scratch:
        sample = {
            path
            for path in variants
            if not _fits(home, scratch, [p for p in every if p.path == path and p.variant])
            and _fits(home, scratch, [p for p in every if p.path == path and not p.variant])
        }
    return [
        tuple(
            part
            for part in patch
            if part.variant is (part.path in variants and part.path not in sample)
        )
        for patch in patches
    ]


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
    with _scratch() as scratch:
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
    for count in range(len(parts), 0, -1):
        _copy(home, scratch, parts[0].path)
        if all(scratch.apply(part.text, "--reverse") is None for part in reversed(parts[:count])):
            return parts[:count]
    return ()


def _fits(home: Path, scratch: Git, parts: Sequence[Part]) -> bool:
    """Return whether a file has the parts, or the first of them and takes the others."""
    if not parts:
        return False
    had = len(_reversible(home, scratch, parts))
    _copy(home, scratch, parts[0].path)
    return all(scratch.apply(part.text) is None for part in parts[had:])


def _copy(home: Path, scratch: Git, path: str) -> None:
    """Copy a file's content in git, which is independent of the working tree's line endings."""
    git, copy = Git(home), scratch.folder / path
    copy.unlink(missing_ok=True)
    if git.succeeds("cat-file", "-e", f"HEAD:./{path}"):
        text = git("show", f"HEAD:./{path}")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8", errors="surrogateescape", newline="\n")


@contextmanager
def _scratch() -> Iterator[Git]:
    """Yield git in an empty repository."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Git(Path(folder), *VERBATIM)
        scratch("init", "--quiet")
        yield scratch


def _part(text: str) -> Part:
    path = _path(text.partition("\n")[0])
    if not path.startswith(VARIANTS):
        return Part(path, text)
    head, hunk, rest = text.partition("\n@@")
    head = re.sub(rf"(?<= [ab]/){VARIANTS}", "", head)
    return Part(path.removeprefix(VARIANTS), head + hunk + rest, variant=True)


def _within(prefix: str, path: str) -> str:
    return path.removeprefix(f"{prefix}/") if prefix != "." else path


def _path(heading: str) -> str:
    """Read the path of `diff --git a/PATH b/PATH`."""
    both = heading.removeprefix("diff --git ")
    return both[2 : (len(both) - 1) // 2]
