"""A breaking change, with the name under which `docs/breaking-changes.toml` accepts it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A change that can break a caller, a producer or a consumer.

    Attributes:
        name: The change's name, the same in every run and for all operations.
        detail: The details of the change.
        uses: The operations and events that have the change.
    """

    name: str
    detail: str = ""
    uses: tuple[str, ...] = ()


def merged(changes: Iterable[Change]) -> list[Change]:
    """Return one change for each name, with the uses of all changes of that name."""
    found: dict[str, Change] = {}
    for change in changes:
        known = found.get(change.name, change)
        uses = dict.fromkeys((*known.uses, *change.uses))
        found[change.name] = Change(known.name, known.detail, tuple(uses))
    return list(found.values())
