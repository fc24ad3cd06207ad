"""Apply the renames of the release's patches to code that a team has edited."""

from __future__ import annotations

from pathlib import Path

from aws_service_kit.update.migrations import Leftover
from aws_service_kit.update.ownership import Ownership

from migrations.order import contents, put_in_order
from migrations.rewriting import tracked
from migrations.tables import Table, rename_all

TABLE = Table.read(Path(__file__).with_suffix(".toml"))


def migrate(root: Path) -> list[Leftover]:
    """Rename in the team's files, after all patches.

    Args:
        root: The service's folder, under git.

    Returns:
        The places that need manual work.
    """
    ownership = Ownership.read(root)
    files = [file for file in tracked(root) if ownership.of(str(file)) in {None, "service"}]
    before = contents(root)
    leftovers = rename_all(root, TABLE, files=files)
    put_in_order(root, before)
    return leftovers
