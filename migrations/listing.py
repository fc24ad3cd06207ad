"""List old names of modules and paths in the team's files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from aws_service_kit.update.migrations import Leftover
from aws_service_kit.update.ownership import Ownership

from migrations import paths
from migrations.order import TEMPLATE
from migrations.rewriting import Modules, mentions, read, tracked

Search = Callable[[PurePosixPath, str], Iterable[Leftover]]


def list_mentions(
    root: Path, modules: Modules, moved: paths.Moves, *searches: Search
) -> list[Leftover]:
    """Return the old names after a merge, except on lines that are also in this release.

    Args:
        root: The service's folder, under git.
        modules: Old modules.
        moved: Old paths of files and folders to new ones.
        searches: Further searches in a file's text.
    """
    ownership = Ownership.read(root)
    leftovers = []
    for file in tracked(root):
        if str(file) in paths.KEPT or ownership.of(str(file)) == "derived":
            continue
        if text := read(root / file):
            found = [
                *mentions(str(file), text, modules),
                *paths.mentions(str(file), text, moved),
                *(each for search in searches for each in search(file, text)),
            ]
            lines, ours = text.splitlines(), _released(file)
            leftovers += [each for each in found if lines[each.line - 1] not in ours]
    return sorted(leftovers, key=lambda each: (each.path, each.line))


def shipped(path: PurePosixPath) -> Path | None:
    """Return the template's file for a path, if this release has one."""
    files = (TEMPLATE / path, TEMPLATE / f"{path}.jinja")
    return next((file for file in files if file.is_file()), None)


def _released(file: PurePosixPath) -> set[str]:
    """Return the lines of a file in this release."""
    template = shipped(file)
    return set((read(template) or "").splitlines()) if template else set()
