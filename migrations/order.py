"""Sort the imports of rewritten files, and format these files, with ruff."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path, PurePosixPath

from ruff import find_ruff_bin

from migrations.rewriting import read, tracked

TEMPLATE = Path(__file__).parents[1] / "template"


def contents(root: Path) -> dict[PurePosixPath, bytes]:
    """Return the Python files in git, before they are rewritten."""
    return {
        file: (root / file).read_bytes()
        for file in tracked(root)
        if file.suffix == ".py" and (root / file).is_file()
    }


def put_in_order(root: Path, before: dict[PurePosixPath, bytes]) -> None:
    """Sort the imports of rewritten files and format them, with the settings of this release."""
    known = set(before.values())
    changed = [
        str(file)
        for file in tracked(root)
        if file.suffix == ".py"
        and (root / file).is_file()
        and (root / file).read_bytes() not in known
    ]
    kit = [file for file in changed if file.startswith("kit/")]
    templates: tuple[str | Path, ...] = (TEMPLATE / "ruff.toml", *_line_length(root))
    for files, settings in (
        ([file for file in changed if file not in kit], templates),
        (kit, (TEMPLATE / "kit/ruff.toml",)),
    ):
        if files:
            options = [word for setting in settings for word in ("--config", setting)]
            options += ["--quiet", "--no-cache"]
            _ruff(root, "check", "--select", "I", "--fix", "--exit-zero", *options, *files)
            _ruff(root, "format", *options, *files)


def _line_length(root: Path) -> list[str]:
    """Return the team's line length as a setting of ruff."""
    found = re.search(r"^line-length *= *\d+", read(root / "ruff.toml") or "", re.MULTILINE)
    return [found[0]] if found else []


def _ruff(root: Path, *arguments: str | Path) -> None:
    subprocess.run([find_ruff_bin(), *map(str, arguments)], cwd=root, check=False)
