"""What a property of a template may be, once what it refers to is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class Reference:
    """A resource that a property names.

    Attributes:
        stack: The resource's stack, such as `api`.
        logical_id: The resource's.
        attribute: Which of its attributes; empty for its `Ref`.
    """

    stack: str
    logical_id: str
    attribute: str = ""


@dataclass(frozen=True)
class Joined:
    """A text with references in it."""

    parts: tuple[Value, ...]


Value = Union[str, int, float, bool, Reference, Joined, "list[Value]", "dict[str, Value]", None]


def dig(value: Value, *path: str) -> Value:
    """Give what stands under some keys, one below the other, or None."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def items(value: Value) -> list[Value]:
    """Give a list's items; one thing alone is a list of one, and nothing is none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def texts(value: Value) -> list[str]:
    """Give the texts among the items."""
    return [item for item in items(value) if isinstance(item, str)]


def number(value: Value) -> float:
    """Give a number, which templates also write as text; 0 if there is none."""
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
