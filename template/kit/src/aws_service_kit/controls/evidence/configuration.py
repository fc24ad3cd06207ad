"""What a service's configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.source import Source

# The team's values come before the answers.
TEAM = "infrastructure/config/team.toml"
FILES = (TEAM, "infrastructure/config/answers.toml")
# The account of what isn't deployed yet.
NOT_CHOSEN = "000000000000"
EVERY_STACK = "*"


def configured(source: Source, *path: str) -> Any:  # noqa: ANN401 - any value
    """Return the value at a path of keys; None if neither team nor answers give one."""
    for file in FILES:
        value: Any = source.toml(file)
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            return value
    return None


def keeps_names(source: Source, resource: Resource) -> bool:
    """Return whether a resource's stack keeps the names that it was first deployed with."""
    named = configured(source, "environments", resource.environment, "named_stacks")
    return named is not None and not {EVERY_STACK, resource.stack} & set(named)
