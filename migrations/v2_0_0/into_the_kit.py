"""Move the template's modules into the kit, with the team's edits in them, and rewrite their names.

It runs on the team's files and on the pristine ones, so equal changes are no difference between
them. A module that isn't in `moved.toml` is the team's and stays.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from aws_service_kit.update.git import Git
from aws_service_kit.update.migrations import Leftover

from migrations.listing import shipped
from migrations.order import TEMPLATE, contents, put_in_order
from migrations.paths import rename_paths
from migrations.rewriting import move_files, rename_modules, rename_names, tracked
from migrations.v2_0_0.moves import FILES, MODULES, NAMES, SUITES, moves

HEADER = re.compile(rb"\W*Template-owned: updates rewrite this file .*\n")
KIT = PurePosixPath("kit/src")
OWNERS = Path(".github", "CODEOWNERS")
UPDATER = re.compile(rb"^/tooling/update/ .*\n", re.MULTILINE)
PACKAGE = '"""Modules of the team."""\n'


def migrate(root: Path) -> list[Leftover]:
    """Move the modules and files in `moved.toml`.

    Args:
        root: The service's folder, under git.

    Returns:
        The files that can't be moved or read.
    """
    before = contents(root)
    moved = moves(root)
    leftovers = rename_modules(root, MODULES, list_mentions=False)
    leftovers += [each for each in rename_names(root, NAMES) if each not in leftovers]
    named = {old: new for old, new in FILES.items() if not shipped(old)}
    rename_paths(root, moved, named | SUITES)
    leftovers += move_files(root, moved)
    _complete_packages(root, moved.values())
    _keep_packages(root, moved)
    _drop_headers(root, moved.values())
    _drop_owner(root)
    put_in_order(root, before)
    return leftovers


def _complete_packages(root: Path, moved: Iterable[PurePosixPath]) -> None:
    """Add the `__init__.py` files of the kit's new packages, which linters need."""
    for folder in {folder for file in moved if file.is_relative_to(KIT) for folder in file.parents}:
        package = folder / "__init__.py"
        if (TEMPLATE / package).is_file() and not (root / package).exists():
            shutil.copy(TEMPLATE / package, root / package)
            Git(root)("add", "--force", "--", package)


def _keep_packages(root: Path, moved: Iterable[PurePosixPath]) -> None:
    """Keep folders with remaining modules of the team as packages."""
    left = {folder for file in tracked(root) if file.suffix == ".py" for folder in file.parents}
    for file in moved:
        if file.name == "__init__.py" and file.parent in left and not (root / file).exists():
            (root / file).write_text(PACKAGE, encoding="utf-8")
            Git(root)("add", "--force", "--", file)


def _drop_headers(root: Path, moved: Iterable[PurePosixPath]) -> None:
    """Remove the header of template-owned files, if this release's file has none."""
    tests = [file for file in tracked(root) if file.parts[0] == "tests"]
    for file in {*moved, *tests}:
        path, now = root / file, shipped(file)
        if path.is_symlink() or not path.is_file() or (now and HEADER.match(now.read_bytes())):
            continue
        content = path.read_bytes()
        if header := HEADER.match(content):
            path.write_bytes(content[header.end() :])


def _drop_owner(root: Path) -> None:
    """Remove the line of the updater's folder."""
    file = root / OWNERS
    if file.is_file() and not file.is_symlink() and not (root / "tooling/update").exists():
        file.write_bytes(UPDATER.sub(b"", file.read_bytes()))
