"""Environment variables of a function, read on use and never on import."""

import os
from datetime import timedelta

from aws_service_kit.runtime.errors import ConfigurationError

# Of a webhook: the ARN of its secret, and the table of its deliveries as JSON (`deliveries`).
WEBHOOK_SECRET_ARN = "WEBHOOK_SECRET_ARN"  # noqa: S105 (the name of a variable)
DELIVERIES_TABLE = "DELIVERIES_TABLE"


def required(name: str) -> str:
    """Return the variable `name`.

    Raises:
        ConfigurationError: The variable is missing or empty.
    """
    value = os.environ.get(name)
    if not value:
        raise ConfigurationError(f"The environment variable {name} is missing.")
    return value


def optional(name: str) -> str | None:
    """Return the variable `name`, or None if it is missing or empty."""
    return os.environ.get(name) or None


def optional_days(name: str) -> timedelta | None:
    """Return the variable `name`, a whole number of days, or None if it is missing or empty.

    Raises:
        ConfigurationError: The value isn't a whole number above zero.
    """
    value = optional(name)
    if value is None:
        return None
    if not value.isdecimal() or int(value) == 0:
        raise ConfigurationError(f"The environment variable {name} isn't a number of days.")
    return timedelta(days=int(value))


def string_set(name: str) -> frozenset[str]:
    """Return the comma-separated values of the variable `name`; an empty set if it is missing."""
    return frozenset(filter(None, map(str.strip, os.environ.get(name, "").split(","))))
