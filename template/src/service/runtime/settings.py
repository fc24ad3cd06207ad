# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""A function's environment variables, read at first use: importing a module demands none."""

import os

from service.runtime.errors import ConfigurationError


def text(name: str) -> str:
    """Return the variable `name`.

    Raises:
        ConfigurationError: it is missing or empty.
    """
    value = os.environ.get(name)
    if not value:
        raise ConfigurationError(f"The environment variable {name} is missing.")
    return value


def optional_text(name: str) -> str | None:
    """Return the variable `name`, or None if it is missing or empty."""
    return os.environ.get(name) or None


def text_set(name: str) -> frozenset[str]:
    """Return the comma-separated values of the variable `name`; none if it is missing."""
    return frozenset(filter(None, map(str.strip, os.environ.get(name, "").split(","))))
