"""Rename the sample's entity from request to order, because a request is an HTTP request.

Names of the API, of messages and of stored items stay. A service with another entity, or with
another order, keeps all its names.
"""

from __future__ import annotations

import re
from pathlib import Path

from aws_service_kit.update.migrations import Leftover

from migrations.order import contents, put_in_order
from migrations.rewriting import read
from migrations.tables import Table, move_all, rename_all
from migrations.v2_1_0.moves import file_of_module, files_of

TABLE = Table.read(Path(__file__).with_suffix(".toml"))
FILES = files_of(TABLE)
ENTITY = Path("src/service/domain/request.py")
DEFINITION = "class ProcessingRequest:"


def migrate(root: Path) -> list[Leftover]:
    """Rename everything in `orders.toml`.

    Args:
        root: The service's folder, under git.

    Returns:
        The places that need manual work.
    """
    if DEFINITION not in (read(root / ENTITY) or "") or _has_new_names(root):
        return []
    before = contents(root)
    leftovers = [*rename_all(root, TABLE), *move_all(root, FILES)]
    put_in_order(root, before)
    return leftovers


def _has_new_names(root: Path) -> bool:
    """Return whether the team has a file or a name that the renames would clash with."""
    named = [*TABLE.names.items()]
    named += [(function, new) for function, each in TABLE.keywords.items() for new in each.values()]
    return any((root / new).exists() for new in FILES.values()) or any(
        re.search(
            rf"\b{new.rpartition('.')[2]}\b",
            read(root / file_of_module(old.rpartition(".")[0])) or "",
        )
        for old, new in named
    )
