"""List old names of modules and files of 2.0, after the merge with the template."""

from __future__ import annotations

from pathlib import Path

from aws_service_kit.update.migrations import Leftover

from migrations.listing import list_mentions
from migrations.rewriting import Modules, others, tracked
from migrations.v2_1_0.moves import FILES, TABLE


def migrate(root: Path) -> list[Leftover]:
    """Return places with old names.

    Args:
        root: The service's folder, under git.
    """
    return list_mentions(root, Modules(TABLE.modules, others(tracked(root), TABLE.modules)), FILES)
