"""Find names of entities that collide with other names in the generated code."""

from __future__ import annotations

import re
import symtable
from collections.abc import Iterator, Set
from functools import cache

from aws_service_kit.generate.entity.fields import parse_fields
from aws_service_kit.generate.entity.files import (
    ERRORS,
    ROTATION,
    SHARED,
    files,
    text_of,
    values_of,
)
from aws_service_kit.generate.entity.types import TYPES
from aws_service_kit.generate.names import Name

# Placeholders for the entity's names, which no template contains.
NAME, PLURAL = Name(("singular",)), Name(("plural",))


def colliding_name(name: Name, plural: Name) -> Name | None:
    """Return the name of an entity that the generated code already uses; None if there is none.

    Args:
        name: The entity's name.
        plural: The plural.
    """
    if _collide(name, PLURAL):
        return name
    return plural if _collide(name, plural) else None


def _collide(name: Name, plural: Name) -> bool:
    """Return whether two names of a scope, or two paths, become equal with these names."""
    spellings = dict(zip(_spellings(NAME, PLURAL), _spellings(name, plural), strict=True))
    placeholders = re.compile("|".join(spellings))

    def renamed(text: str) -> str:
        return placeholders.sub(lambda found: spellings[found[0]], text)

    return any(len(set(map(renamed, scope))) < len(scope) for scope in _scopes())


def _spellings(*names: Name) -> list[str]:
    return [text for name in names for text in (name.snake, name.pascal, name.constant)]


@cache
def _scopes() -> tuple[Set[str], ...]:
    """Return the names of each scope of the generated modules, and the paths."""
    fields = [f"{each}_field:{each}" for each in TYPES]
    every_type = parse_fields(" ".join([*fields, "choice:a|b", "texts:str[]"]), NAME)
    values = values_of(NAME, PLURAL, every_type, "Table")
    templates = {**files(NAME, PLURAL), **SHARED, **ROTATION}
    modules = (
        symtable.symtable(text_of(template, values), path.name, "exec")
        for path, template in templates.items()
    )
    paths = {str(path) for path in (*templates, ERRORS)}
    return (paths, *(scope for module in modules for scope in _scopes_of(module)))


def _scopes_of(table: symtable.SymbolTable) -> Iterator[Set[str]]:
    yield {symbol.get_name() for symbol in table.get_symbols()}
    for child in table.get_children():
        yield from _scopes_of(child)
