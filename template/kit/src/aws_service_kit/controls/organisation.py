"""The organisation's settings for every service: `organisation.toml`, a part of each release."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "organisation.toml"


@dataclass(frozen=True)
class Organisation:
    """The organisation's settings, which every service must comply with.

    Attributes:
        time_zone: IANA name of the default time zone of schedules.
        allowed_regions: AWS regions in which services may run.
        tags: Values of the tags of every stack and resource, by key. In a value, `{name}`,
            `{owner}`, `{cost_center}`, `{organisation}`, `{environment}` and `{guideline_version}`
            are replaced by the service's.
        cost_allocation_tags: Keys of the cost allocation tags.
        log_retention_days: Default retention of log groups in days, by environment.
        minimum_log_retention_days: Minimum retention that a team may choose, by environment.
        signers: Allowed signers of the template's releases, in git's format. They restrict the
            signers that a service allows; an empty list restricts none.
    """

    time_zone: str
    allowed_regions: tuple[str, ...]
    tags: Mapping[str, str]
    cost_allocation_tags: tuple[str, ...]
    log_retention_days: Mapping[str, int]
    minimum_log_retention_days: Mapping[str, int]
    signers: tuple[str, ...]


def read(file: Path) -> Organisation:
    """Read a file with an organisation's settings."""
    values: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    for key, value in values.items():
        values[key] = tuple(value) if isinstance(value, list) else value
    return Organisation(**values)


ORGANISATION = read(Path(__file__).with_name(FILE))
