"""Apply the renames of 2.1.0 to the kit and the team's code.

It runs on the team's files and on the pristine files of the release. So a team's edits of the kit
are merged at the new paths, and the renames themselves aren't differences between the two.
"""

from __future__ import annotations

from pathlib import Path

from aws_service_kit.update.migrations import Leftover

from migrations.order import contents, put_in_order
from migrations.tables import move_all, rename_all
from migrations.v2_1_0.moves import FILES, TABLE


def migrate(root: Path) -> list[Leftover]:
    """Rename everything in `moved.toml`.

    Args:
        root: The service's folder, under git.

    Returns:
        The places of the team's files that need manual work.
    """
    before = contents(root)
    leftovers = [*rename_all(root, TABLE), *move_all(root, FILES)]
    put_in_order(root, before)
    return [each for each in leftovers if not each.path.startswith("kit/")]
