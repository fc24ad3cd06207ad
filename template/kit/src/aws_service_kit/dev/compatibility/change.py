"""A breaking change, by the name that `docs/breaking-changes.toml` accepts it under."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A change that can break a caller, a producer or a consumer.

    Attributes:
        name: What changed; the same in every run, whichever operations use it.
        detail: How it changed.
        uses: The operations and events in which it is seen.
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
