"""Breaking changes that a team accepts, in `docs/breaking-changes.toml`.

[[breaking-change]]
change = "RequestView.reason guarantees less"
reason = "Our only caller, the portal, has read reason_code since March."
owner = "platform@example.com"
expires = 2027-03-31
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from aws_service_kit.controls.waivers import shortcoming
from aws_service_kit.dev.compatibility.library import CompatibilityError

FILE = Path("docs", "breaking-changes.toml")
TABLE = "breaking-change"


@dataclass(frozen=True)
class Accepted:
    """A breaking change that a team accepts, until a day.

    Attributes:
        change: The change's name.
        reason: Why no caller breaks.
        owner: The person or the team responsible for it.
        expires: The last day on which it may be merged.
    """

    change: str
    reason: str
    owner: str
    expires: date

    def fault(self, today: date) -> str:
        """Return why the entry is invalid; empty if it is valid."""
        return shortcoming(self.reason, self.owner, self.expires, today)


def read(text: str | None) -> list[Accepted]:
    """Read the file's text, if there is one.

    Raises:
        CompatibilityError: It isn't TOML, or an entry lacks a key or has another one.
    """
    try:
        return [_entry(table) for table in _tables(tomllib.loads(text or ""))]
    except ValueError as error:
        raise CompatibilityError(f"{FILE.as_posix()}: {error}") from None


def _tables(content: dict[str, Any]) -> list[dict[str, Any]]:
    match content.pop(TABLE, []):
        case [*tables] if not content:
            return tables
    raise ValueError(f"the file may have only tables [[{TABLE}]]")


def _entry(table: dict[str, Any]) -> Accepted:
    names = [each.name for each in fields(Accepted)]
    match table:
        case {
            "change": str(change),
            "reason": str(reason),
            "owner": str(owner),
            "expires": date() as expires,
            **others,
        } if not others:
            return Accepted(change, reason, owner, expires)
    raise ValueError(
        f"an entry has the texts {', '.join(names[:-1])} and the date {names[-1]}, nothing else"
    )
