"""The modules and files that release 2.0.0 moved into the kit."""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePosixPath

from migrations.rewriting import FOLDERS, tracked

MOVED = tomllib.loads(Path(__file__).with_name("moved.toml").read_text(encoding="utf-8"))
MODULES: dict[str, str] = MOVED["modules"]
NAMES: dict[str, str] = MOVED["names"]
SUITES = {PurePosixPath(old): PurePosixPath(new) for old, new in MOVED["suites"].items()}


def _files() -> dict[PurePosixPath, PurePosixPath]:
    """Return the old and the new path of every moved file."""
    found = {}
    for old, new in MODULES.items():
        is_package = any(other.startswith(f"{old}.") for other in MODULES)
        end = "/__init__.py" if is_package else ".py"
        found[_file(old, end)] = _file(new, end)
    others = MOVED["files"].items()
    return found | {PurePosixPath(old): PurePosixPath(new) for old, new in others}


def _file(module: str, end: str) -> PurePosixPath:
    return PurePosixPath(FOLDERS[module.partition(".")[0]], module.replace(".", "/") + end)


FILES = _files()


def moves(root: Path) -> dict[PurePosixPath, PurePosixPath]:
    """Return the files of a service that move: old paths to new ones."""
    return {file: FILES[file] for file in tracked(root) if file in FILES}
