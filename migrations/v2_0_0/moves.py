"""What release 2.0.0 moved into the kit, and which files of a service that concerns."""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePosixPath

from migrations.rewriting import FOLDERS, tracked

TEMPLATE = Path(__file__).parents[2] / "template"
MOVED = tomllib.loads(Path(__file__).with_name("moved.toml").read_text(encoding="utf-8"))
MODULES: dict[str, str] = MOVED["modules"]
NAMES: dict[str, str] = MOVED["names"]
SUITES = {PurePosixPath(old): PurePosixPath(new) for old, new in MOVED["suites"].items()}


def shipped(path: PurePosixPath) -> Path | None:
    """Give the template's file of a path, if this release has one."""
    files = (TEMPLATE / path, TEMPLATE / f"{path}.jinja")
    return next((file for file in files if file.is_file()), None)


def _files() -> dict[PurePosixPath, PurePosixPath]:
    """Give the old and the new path of all that moved."""
    found = {}
    for old, new in MODULES.items():
        end = ".py" if shipped(_file(new, ".py")) else "/__init__.py"
        found[_file(old, end)] = _file(new, end)
    others = MOVED["files"].items()
    return found | {PurePosixPath(old): PurePosixPath(new) for old, new in others}


def _file(module: str, end: str) -> PurePosixPath:
    return PurePosixPath(FOLDERS[module.partition(".")[0]], module.replace(".", "/") + end)


FILES = _files()


def moves(root: Path) -> dict[PurePosixPath, PurePosixPath]:
    """Map the files of a service that move, old path to new one."""
    return {file: FILES[file] for file in tracked(root) if file in FILES}
