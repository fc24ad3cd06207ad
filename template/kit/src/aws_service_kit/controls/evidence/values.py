"""Values of template properties with resolved references."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class Reference:
    """A resource that a property names.

    Attributes:
        stack: The stack of the resource, such as `api`.
        logical_id: The logical id of the resource.
        attribute: The attribute; empty for `Ref`.
    """

    stack: str
    logical_id: str
    attribute: str = ""


@dataclass(frozen=True)
class Joined:
    """A text that contains references."""

    parts: tuple[Value, ...]


Value = Union[str, int, float, bool, Reference, Joined, "list[Value]", "dict[str, Value]", None]


def dig(value: Value, *path: str) -> Value:
    """Return the value at a path of keys, or None."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def items(value: Value) -> list[Value]:
    """Return a list's items; a single value is a list of one, and None is empty."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def texts(value: Value) -> list[str]:
    """Return the items that are texts."""
    return [item for item in items(value) if isinstance(item, str)]


def number(value: Value) -> float:
    """Return a number, written as a number or as text; 0 if there is none."""
    try:
        return float(value) if isinstance(value, int | float | str) else 0.0
    except ValueError:
        return 0.0


def references(value: Value) -> Iterator[Reference]:
    """Yield every reference in a value, in the order of the template."""
    match value:
        case Reference():
            yield value
        case Joined(parts):
            for part in parts:
                yield from references(part)
        case dict():
            for item in value.values():
                yield from references(item)
        case list():
            for item in value:
                yield from references(item)
        case _:
            pass
