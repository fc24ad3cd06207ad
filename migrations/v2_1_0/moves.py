"""The renames of release 2.1.0, and the files of a service that it moves."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from migrations.rewriting import FOLDERS
from migrations.tables import Table

TABLE = Table.read(Path(__file__).with_name("moved.toml"))


def files_of(table: Table) -> dict[PurePosixPath, PurePosixPath]:
    """Return the old and the new path of every module and file that a table moves."""
    modules = ((file_of_module(old), file_of_module(new)) for old, new in table.modules.items())
    others = table.files.items()
    return dict(modules) | {PurePosixPath(old): PurePosixPath(new) for old, new in others}


def file_of_module(module: str) -> PurePosixPath:
    """Return a module's file; no package moves."""
    return PurePosixPath(FOLDERS[module.partition(".")[0]], f"{module.replace('.', '/')}.py")


FILES = files_of(TABLE)
