"""The service's configuration, read without the kit's loader."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.source import Source
from aws_service_kit.controls.organisation import ORGANISATION

# The team's values override the answers.
TEAM = "infrastructure/config/team.toml"
FILES = (TEAM, "infrastructure/config/answers.toml")
# The account id of an environment that isn't deployed yet.
NOT_CHOSEN = "000000000000"
EVERY_STACK = "*"
EVERY_ENVIRONMENT = "*"


def configured(source: Source, *path: str) -> Any:  # noqa: ANN401 - any value
    """Return the value at a path of keys; None if neither the team nor an answer sets it.

    If the environment's table lacks the key, the team's table of every environment counts.
    """
    for file in FILES:
        value = _value(source.toml(file), path)
        if value is not None:
            return value
    return None


def place_of(source: Source, *path: str) -> str:
    """Return the file and line with the value at a path of keys; empty if neither file has it."""
    for file in FILES:
        if _value(source.toml(file), path) is None:
            continue
        lines = source.text(file).splitlines()
        return next(
            f"{file}:{number}"
            for number in range(1, len(lines) + 1)
            if _value(_begun(lines[:number]), path) is not None
        )
    return ""


def tag_keys(source: Source) -> list[str]:
    """List the keys of the tags that every resource must have: the organisation's, the team's."""
    added = (_value(source.toml(file), ("service", "tags")) or {} for file in FILES)
    return sorted({*ORGANISATION.tags}.union(*added))


def keeps_names(source: Source, resource: Resource) -> bool:
    """Return whether a resource's stack keeps the names of its first deployment."""
    named = configured(source, "environments", resource.environment, "named_stacks")
    return named is not None and not {EVERY_STACK, resource.stack} & set(named)


def _value(content: Mapping[str, Any], path: tuple[str, ...]) -> Any:  # noqa: ANN401 - any value
    for keys in _paths(path):
        value: Any = content
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            return value
    return None


def _paths(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield a path, and for an environment's key the path in the table of every environment."""
    yield path
    if path[0] == "environments":
        yield ("environments", EVERY_ENVIRONMENT, *path[2:])


def _begun(lines: list[str]) -> Mapping[str, Any]:
    """Read the beginning of a TOML file; nothing where it ends within a value."""
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return {}
