"""Rewrite paths of moved files: full paths in texts, and links in Markdown.

A path is rewritten only as a whole, not as a part of a longer one such as a URL.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from aws_service_kit.update.migrations import Leftover

from migrations.rewriting import read, tracked, write

Moves = Mapping[PurePosixPath, PurePosixPath]

# `[text](path#anchor)` and `[text]: path`.
LINK = re.compile(
    r"(?P<before>\]\(|^\[[^\]]+\]: )(?P<path>[^\s()#:/][^\s()#:]*)(?=[)#\s])", re.MULTILINE
)

# The end of a path, with or without a slash.
END = r"(?!/?[\w*\\-]|/?[.]\w)"
# Files with answers, and documents on history.
KEPT = {
    ".copier-answers.yml",
    "docs/template-changes.md",
    "infrastructure/config/answers.toml",
    "kit/CHANGELOG.md",
}


def rename_paths(
    root: Path,
    moved: Moves,
    named: Moves,
    *,
    leaving_out: str | None = None,
    files: Iterable[PurePosixPath] | None = None,
) -> None:
    """Rewrite paths in every text, before the files are moved.

    Args:
        root: The service's folder, under git.
        moved: Old paths of files to new ones.
        named: Paths that no longer exist.
        leaving_out: A folder in which files aren't rewritten.
        files: The files to change; by default all files in git.
    """
    words = "|".join(sorted((re.escape(str(old)) for old in named), reverse=True))
    path = re.compile(rf"(?<![\w./\\@~-])(?:{words}){END}") if words else None
    for file in tracked(root) if files is None else files:
        if str(file) in KEPT or file.parts[0] == leaving_out or (text := read(root / file)) is None:
            continue
        new = _links_renamed(text, file, moved, named) if file.suffix == ".md" else text
        if path:
            new = path.sub(lambda found: str(named[PurePosixPath(found[0])]), new)
        if new != text:
            write(root / file, new)


def _links_renamed(text: str, file: PurePosixPath, moved: Moves, named: Moves) -> str:
    """Rewrite relative links between files of which one has moved."""
    here = moved.get(file, file)

    def renamed(found: re.Match[str]) -> str:
        target = PurePosixPath(posixpath.normpath(file.parent / found["path"]))
        new = named.get(target, target)
        if new == target and here.parent == file.parent:
            return found[0]
        end = "/" if found["path"].endswith("/") else ""
        return f"{found['before']}{posixpath.relpath(new, here.parent)}{end}"

    return LINK.sub(renamed, text)


def mentions(file: str, text: str, moved: Moves) -> Iterator[Leftover]:
    """Return the places of a text with an old path of a file or a folder."""
    for path, new in moved.items():
        if str(path) in text:
            pattern = re.compile(rf"(?<![\w.-]){re.escape(str(path))}(?!/?[\w-]|[.]\w)")
            for number, line in enumerate(text.splitlines(), 1):
                if pattern.search(line):
                    yield Leftover(file, number, f"names `{path}`, which is `{new}` now")
