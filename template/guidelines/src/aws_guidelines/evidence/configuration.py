# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What the configuration of a service says of its environments."""

from __future__ import annotations

from typing import Any

from aws_guidelines.evidence.assembly import Resource
from aws_guidelines.evidence.source import Source

# The team's values come before the answers.
FILES = ("infrastructure/config/team.toml", "infrastructure/config/answers.toml")
EVERY_STACK = "*"


def configured(source: Source, environment: str, key: str) -> Any:  # noqa: ANN401 - any value
    """Give what a key of an environment is set to; None if no file says."""
    for path in FILES:
        value = source.toml(path).get("environments", {}).get(environment, {}).get(key)
        if value is not None:
            return value
    return None


def keeps_names(source: Source, resource: Resource) -> bool:
    """Tell whether a resource's stack keeps the names that it was first deployed with."""
    named = configured(source, resource.environment, "named_stacks")
    return named is not None and not {EVERY_STACK, resource.stack} & set(named)
