"""Exceptions that a team makes, in `guidelines.toml`: each with a reason, an owner and an end.

[[waiver]]
control = "L5.api-timeout"
resource = "api/SubmitRequestFunction1A2B3C4D"
reason = "The partner answers after half a minute; callers were told."
owner = "platform@example.com"
expires = 2027-03-31
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from aws_service_kit.controls.control import Control, Judgement
from aws_service_kit.controls.evidence import Evidence

FILE = "guidelines.toml"
SHORTEST_REASON = 20
KEYS = ("control", "resource", "reason", "owner", "expires")


@dataclass(frozen=True)
class Waiver:
    """An exception: a control may find one resource at fault, until a day.

    Attributes:
        control: The control's id.
        resource: What the control calls what it may find at fault.
        reason: Why.
        owner: Who answers for it.
        expires: The last day.
    """

    control: str
    resource: str
    reason: str
    owner: str
    expires: date | None

    @property
    def name(self) -> str:
        """What the report calls it."""
        return f"{self.control} for {self.resource}"

    def covers(self, control: str, judgement: Judgement, today: date) -> bool:
        """Tell whether it accepts what a control found."""
        return (control, judgement.subject) == (self.control, self.resource) and not self.fault(
            today
        )

    def fault(self, today: date) -> str:
        """Tell why it accepts nothing; empty if it does."""
        if self.expires is None or self.expires < today:
            return f"expired: {self.expires}" if self.expires else "has no last day (`expires`)"
        if not self.owner.strip():
            return "has no owner"
        if len(self.reason) < SHORTEST_REASON:
            return "has no reason that explains it"
        return ""


def read(evidence: Evidence) -> list[Waiver]:
    """Read a repository's waivers."""
    return [_waiver(table) for table in evidence.source.toml(FILE).get("waiver", [])]


def unwaived(control: Control, evidence: Evidence) -> list[Judgement]:
    """List what a control finds at fault and no waiver accepts."""
    known = read(evidence)
    return [
        found
        for found in control.judge(evidence)
        if found.fault
        and not any(waiver.covers(control.id, found, evidence.today) for waiver in known)
    ]


def judge(
    waivers: Collection[Waiver], used: Collection[Waiver], controls: Collection[str], today: date
) -> Iterator[Judgement]:
    """Judge the waivers themselves.

    Args:
        waivers: All of them.
        used: Those without which something would be at fault.
        controls: Ids of all controls.
        today: The day of asking.
    """
    for waiver in waivers:
        fault = waiver.fault(today)
        if waiver.control not in controls:
            fault = "no control has that id"
        elif not fault and waiver not in used:
            fault = "isn't needed: remove it"
        yield Judgement("waiver", waiver.name, fault=fault)


def _waiver(table: dict[str, Any]) -> Waiver:
    expires = table.get("expires")
    return Waiver(
        **{key: str(table.get(key, "")) for key in KEYS if key != "expires"},
        expires=expires if isinstance(expires, date) else None,
    )
