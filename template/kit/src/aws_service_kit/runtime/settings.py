"""A function's environment variables, read at first use: importing a module demands none."""

import os
from datetime import timedelta

from aws_service_kit.runtime.errors import ConfigurationError


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


def optional_days(name: str) -> timedelta | None:
    """Return the variable `name`, a whole number of days, or None if it is missing or empty.

    Raises:
        ConfigurationError: it isn't a whole number above zero.
    """
    value = optional_text(name)
    if value is None:
        return None
    if not value.isdecimal() or int(value) == 0:
        raise ConfigurationError(f"The environment variable {name} isn't a number of days.")
    return timedelta(days=int(value))


def text_set(name: str) -> frozenset[str]:
    """Return the comma-separated values of the variable `name`; none if it is missing."""
    return frozenset(filter(None, map(str.strip, os.environ.get(name, "").split(","))))
