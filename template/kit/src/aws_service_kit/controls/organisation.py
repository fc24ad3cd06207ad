"""What the organisation decides for every service: `organisation.toml`, a part of each release."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "organisation.toml"


@dataclass(frozen=True)
class Organisation:
    """What every service is held to.

    Attributes:
        time_zone: Time zone of schedules that name none, as IANA calls it.
        allowed_regions: AWS regions in which services may run.
        tags: Keys of the tags of every stack and resource, to their values: texts in which
            `{name}`, `{owner}`, `{cost_center}`, `{organisation}`, `{environment}` and
            `{guideline_version}` stand for the service's.
        cost_allocation_tags: Tags by which the bill is divided.
        log_retention_days: Days that log groups keep their lines, by environment.
        minimum_log_retention_days: The fewest days that a team may choose, by environment.
        signers: Who may sign the template's releases, as lines of git's allowed signers. They
            narrow what a service allows; none narrow nothing.
    """

    time_zone: str
    allowed_regions: tuple[str, ...]
    tags: Mapping[str, str]
    cost_allocation_tags: tuple[str, ...]
    log_retention_days: Mapping[str, int]
    minimum_log_retention_days: Mapping[str, int]
    signers: tuple[str, ...]


def read(file: Path) -> Organisation:
    """Read a file of what an organisation decides."""
    values: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    for key, value in values.items():
        values[key] = tuple(value) if isinstance(value, list) else value
    return Organisation(**values)


ORGANISATION = read(Path(__file__).with_name(FILE))
