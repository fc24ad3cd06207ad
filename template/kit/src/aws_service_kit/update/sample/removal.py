"""Plan the removal of the sample: files to delete, files to empty, and files that stay."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_service_kit.update.errors import UNTOUCHED, UpdateError
from aws_service_kit.update.git import VERBATIM, Git
from aws_service_kit.update.ownership import Ownership
from aws_service_kit.update.sample.references import References
from aws_service_kit.update.service import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TEMPLATE = "template"
# A line of `.copier-answers.yml`, with any quotes.
SCAFFOLD = re.compile(r"^scaffold: *([\"']?)\w+\1 *$", re.MULTILINE)
# The files of these types can refer to the sample.
READ = (".py", ".toml")


@dataclass(frozen=True)
class Removal:
    """The changes that `remove-sample` makes to a service.

    Attributes:
        removed: The sample's files that are deleted.
        emptied: The sample's files that are replaced by their empty variants, with the variants.
        team: The files that the team changed or added, which stay.
        kept: The sample's files that the team's files need, each with the file that needs it.
        answers: The content of `.copier-answers.yml`, with the scaffold `empty`.
    """

    removed: tuple[str, ...]
    emptied: Mapping[str, str]
    team: tuple[str, ...]
    kept: Mapping[str, str]
    answers: str

    @property
    def changes(self) -> bool:
        """Whether it changes any file of the sample."""
        return bool(self.removed or self.emptied)

    def apply(self, root: Path) -> None:
        """Change the files of the service."""
        for path in self.removed:
            (root / path).unlink()
            _remove_empty_folders((root / path).parent)
        for path, text in self.emptied.items():
            (root / path).write_text(text, encoding="utf-8")
        (root / ANSWERS).write_text(self.answers, encoding="utf-8")


def plan(root: Path, empty: Path, template: Path) -> Removal:
    """Plan the removal for a service with a clean working tree.

    Args:
        root: The service's folder.
        empty: The service as its release generates it with the scaffold `empty`.
        template: A clone of the template, with its history.

    Raises:
        UpdateError: The service's release has no empty scaffold.
    """
    ownership = Ownership.read(root)
    texts = {path: _read(root / path) for path in _owned(root, ownership)}
    variants = {path: _read(empty / path) for path in texts if (empty / path).is_file()}
    released = _released(template)
    scaffold = {path for path in texts if ownership.scaffolded(path)}
    sample = {
        path: variants.get(path)
        for path in sorted(scaffold)
        if released.contains(texts[path]) and variants.get(path) != texts[path]
    }
    team = tuple(
        path
        for path, text in texts.items()
        if path not in sample
        and text != variants.get(path)
        and path not in ownership.scaffold["first"]
    )
    readable = {path: text for path, text in texts.items() if path.endswith(READ)}
    references = References(readable, sample, scaffold)
    kept = references.needed_by(path for path in team if path in readable)
    if kept:
        # Documents about the sample stay as long as a part of it stays.
        first = min(kept)
        kept |= {path: first for path in sample if path not in readable}
    removed = {path: variant for path, variant in sample.items() if path not in kept}
    return Removal(
        removed=tuple(path for path, variant in removed.items() if variant is None),
        emptied={path: variant for path, variant in removed.items() if variant is not None},
        team=team,
        kept=kept,
        answers=_with_empty_scaffold(root),
    )


def _owned(root: Path, ownership: Ownership) -> list[str]:
    """Return the files that the team owns: those of the scaffold, and those that it added."""
    paths = Git(root).names("ls-files", "-z", ".")
    owned = (path for path in paths if ownership.of(path) in {"service", None})
    return [path for path in owned if (root / path).is_file() and not (root / path).is_symlink()]


def _read(file: Path) -> str:
    """Return a file's text, with the line ends of the template."""
    return file.read_bytes().decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def _with_empty_scaffold(root: Path) -> str:
    """Return the content of `.copier-answers.yml`, with the scaffold `empty`."""
    text = _read(root / ANSWERS)
    if not SCAFFOLD.search(text):
        raise UpdateError(
            "This service's release of the template has no empty scaffold: run "
            f"`python3 dev.py update` first. {UNTOUCHED}"
        )
    return SCAFFOLD.sub("scaffold: empty", text)


@dataclass(frozen=True)
class _Released:
    """The contents of all files in all versions of the template.

    Attributes:
        algorithm: The hash algorithm of git's object ids.
        ids: The object ids.
    """

    algorithm: str
    ids: frozenset[str]

    def contains(self, text: str) -> bool:
        """Return whether a text is the content of one of these files."""
        content = text.encode("utf-8", "surrogateescape")
        found = hashlib.new(self.algorithm, b"blob %d\0" % len(content), usedforsecurity=False)
        found.update(content)
        return found.hexdigest() in self.ids


def _released(template: Path) -> _Released:
    git = Git(template, *VERBATIM)
    listed = git("rev-list", "--objects", "--no-object-names", "HEAD", "--", TEMPLATE)
    algorithm = git("rev-parse", "--show-object-format").strip()
    return _Released(algorithm, frozenset(listed.split()))


def _remove_empty_folders(folder: Path) -> None:
    """Remove a folder and its parents as long as they contain only bytecode caches."""
    while not [each for each in folder.iterdir() if each.name != "__pycache__"]:
        for cache in folder.glob("__pycache__/*"):
            cache.unlink()
        for cache in folder.glob("__pycache__"):
            cache.rmdir()
        folder.rmdir()
        folder = folder.parent
