"""Compare a vendored kit with its release.

`kit/SHA256SUMS` lists the digests of the release's files in the format of `sha256sum`. Pull
requests collapse changes below `kit/` but show `tooling/kit.toml`, which contains the digest of
that list.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aws_service_kit.controls.evidence.source import KIT, VENDORED

FOLDER = VENDORED.parent
SUMS = FOLDER / "SHA256SUMS"
RELEASE_FILE = Path("tooling", "kit.toml")
# Files that are listed in addition to the package.
SETTINGS = "pyproject.toml"
# Digits of a change's digest with which a declaration of a patch names the change.
DIGITS = 16


@dataclass(frozen=True)
class Difference:
    """A file of a vendored kit that differs from the release.

    Attributes:
        path: Its path in the service.
        change: The type of change, such as `was changed`.
        sha256: The digest of the file; empty if it is missing.
    """

    path: str
    change: str
    sha256: str = ""

    @property
    def name(self) -> str:
        """Its name in reports and waivers. It changes with each change of the file."""
        return f"{self.path}@{self.sha256[:DIGITS]}" if self.sha256 else self.path


def differences(root: Path) -> list[Difference]:
    """Compare a vendored kit with its release.

    Args:
        root: The service's folder.

    Returns:
        The files that differ from the release; none if the kit isn't vendored.
    """
    if not (root / VENDORED / KIT).is_dir():
        return []
    missing = [path for path in (RELEASE_FILE, SUMS) if not (root / path).is_file()]
    return [Difference(path.as_posix(), "is missing") for path in missing] or _compared(root)


def release(root: Path) -> str:
    """Return the release that a service's kit was vendored from; empty if it isn't recorded."""
    return str(_release_file(root).get("release", ""))


def sums(kit: Path) -> str:
    """Return the digests of a kit's files in the format of `sha256sum`.

    Args:
        kit: The folder `kit/` with the package and its `pyproject.toml`.
    """
    names = {path.relative_to(kit).as_posix(): path for path in _files(kit)}
    return "".join(f"{digest(_content(names[name]))}  {name}\n" for name in sorted(names))


def digest(content: bytes) -> str:
    """Return the digest of a file, independent of its line endings."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _compared(root: Path) -> list[Difference]:
    text = (root / SUMS).read_bytes()
    found = []
    if digest(text) != _release_file(root).get("sha256"):
        change = f"isn't the list that {RELEASE_FILE.as_posix()} names"
        found.append(Difference(SUMS.as_posix(), change, digest(text)))
    listed, actual = _parsed(text.decode("utf-8")), _parsed(sums(root / FOLDER))
    for name in sorted(listed.keys() | actual.keys()):
        there, here = listed.get(name), actual.get(name, "")
        if there != here:
            change = ("was changed" if here else "was removed") if there else "was added"
            found.append(Difference((FOLDER / name).as_posix(), change, here))
    return found


def _files(kit: Path) -> Iterator[Path]:
    """Yield the files that are imported or installed, without caches and file managers' files."""
    yield from kit.glob(SETTINGS)
    for path in kit.glob("src/**/*"):
        is_folder = path.is_dir() and not path.is_symlink()
        names = path.relative_to(kit).parts
        if not is_folder and not any(name == "__pycache__" or name[0] == "." for name in names):
            yield path


def _content(path: Path) -> bytes:
    return os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()


def _release_file(root: Path) -> dict[str, object]:
    path = root / RELEASE_FILE
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _parsed(listed: str) -> dict[str, str]:
    """Return the digests of a list by file name."""
    lines = (line.partition("  ") for line in listed.splitlines())
    return {name: sha256 for sha256, _, name in lines}
