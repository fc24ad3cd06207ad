"""Waivers in `guidelines.toml`: a team's exceptions, each with a reason, an owner and a last day.

[[waiver]]
control = "L5.api-timeout"
resource = "api/SubmitRequestFunction1A2B3C4D"
reason = "The partner responds after half a minute; callers know it."
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
    """An exception: a control accepts the fault of one resource until a day.

    Attributes:
        control: The control's id.
        resource: The subject of the accepted fault, as the report names it.
        reason: The reason.
        owner: The person or team that is responsible for it.
        expires: The last day.
    """

    control: str
    resource: str
    reason: str
    owner: str
    expires: date | None

    @property
    def name(self) -> str:
        """Its name in the report."""
        return f"{self.control} for {self.resource}"

    def covers(self, control: str, judgement: Judgement, today: date) -> bool:
        """Return whether it accepts a judgement of a control."""
        return (control, judgement.subject) == (self.control, self.resource) and not self.fault(
            today
        )

    def fault(self, today: date) -> str:
        """Return the reason why the waiver is invalid; empty if it is valid."""
        return shortcoming(self.reason, self.owner, self.expires, today)


def shortcoming(reason: str, owner: str, expires: date | None, today: date) -> str:
    """Return why an exception isn't one, or no longer; empty if it is."""
    if expires is None or expires < today:
        return f"expired: {expires}" if expires else "has no last day (`expires`)"
    if not owner.strip():
        return "has no owner"
    if len(reason) < SHORTEST_REASON:
        return "has no reason that explains it"
    return ""


def read(evidence: Evidence) -> list[Waiver]:
    """Return a repository's waivers."""
    return [_waiver(table) for table in evidence.source.toml(FILE).get("waiver", [])]


def unwaived(control: Control, evidence: Evidence) -> list[Judgement]:
    """Return a control's faults that no waiver accepts."""
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
    """Yield judgements of the waivers themselves.

    Args:
        waivers: All of them.
        used: The waivers that accept a fault.
        controls: Ids of all controls.
        today: The date of the review.
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
