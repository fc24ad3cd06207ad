"""Waivers in `guidelines.toml`: a team's exceptions, each with a reason, an owner and a last day.

[[waiver]]
control = "L5.api-timeout"
resource = "api/SubmitRequestFunction1A2B3C4D"
reason = "The partner responds after half a minute; callers know it."
owner = "platform@example.com"
expires = 2027-03-31

If a resource can have several findings, the report names each of them, such as the route
`api/RestApi1A2B3C4D:GET /status`. A waiver that names only the resource accepts none of them. A
waiver with `environment` accepts the fault in that environment only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from aws_service_kit.controls.control import Control, Judgement
from aws_service_kit.controls.evidence import Evidence

FILE = "guidelines.toml"
SHORTEST_REASON = 20
NOT_NEEDED = "isn't needed: remove it"
KEYS = ("control", "resource", "reason", "owner", "environment", "expires")


@dataclass(frozen=True)
class Waiver:
    """An exception: a control accepts the fault of one resource until a day.

    Attributes:
        control: The control's id.
        resource: The accepted fault, as the report names it.
        reason: The reason.
        owner: The person or team that is responsible for it.
        environment: The environment in which it accepts the fault; empty for all of them.
        expires: The last day.
    """

    control: str
    resource: str
    reason: str
    owner: str
    environment: str
    expires: date | None

    @property
    def name(self) -> str:
        """Its name in the report."""
        where = f" in {self.environment}" if self.environment else ""
        return f"{self.control} for {self.resource}{where}"

    def accepts(self, control: str, judgement: Judgement) -> bool:
        """Return whether it names a fault where it was found."""
        return self.resource == judgement.name and self._applies(control, judgement)

    def is_too_coarse(self, control: str, judgement: Judgement) -> bool:
        """Return whether it names the subject of a finding instead of the finding.

        Which finding the team meant isn't known, and another one would be accepted unseen.
        """
        named = self.resource == judgement.subject != judgement.name
        return named and self._applies(control, judgement)

    def _applies(self, control: str, judgement: Judgement) -> bool:
        return (
            bool(judgement.fault)
            and control == self.control
            and self.environment in {"", judgement.environment}
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


def accepted(
    control: Control, judgements: Collection[Judgement], known: Collection[Waiver], today: date
) -> dict[Judgement, Waiver]:
    """Return the faults of a control that waivers accept.

    Args:
        control: The control.
        judgements: All its judgements.
        known: All waivers.
        today: The date of the review.
    """
    return {
        judgement: waiver
        for waiver in known
        if not waiver.fault(today)
        for judgement in judgements
        if waiver.accepts(control.id, judgement)
    }


def too_coarse(
    control: Control, judgements: Collection[Judgement], known: Collection[Waiver]
) -> dict[Waiver, list[str]]:
    """Return the waivers that name the subject of findings, and the names of these."""
    about = {
        waiver: dict.fromkeys(
            judgement.name
            for judgement in judgements
            if waiver.is_too_coarse(control.id, judgement)
        )
        for waiver in known
    }
    return {waiver: list(names) for waiver, names in about.items() if names}


def judge(
    waivers: Collection[Waiver],
    used: Collection[Waiver],
    coarse: Mapping[Waiver, Collection[str]],
    controls: Collection[str],
    today: date,
) -> Iterator[Judgement]:
    """Yield judgements of the waivers themselves.

    Args:
        waivers: All of them.
        used: The waivers that accept a fault.
        coarse: The waivers that name the subject of these findings.
        controls: Ids of all controls.
        today: The date of the review.
    """
    for waiver in waivers:
        fault = waiver.fault(today)
        if waiver.control not in controls:
            fault = "no control has that id"
        elif not fault and waiver not in used:
            findings = ", ".join(coarse.get(waiver, ()))
            fault = f"must name the finding: {findings}" if findings else NOT_NEEDED
        yield Judgement("waiver", waiver.name, fault=fault)


def _waiver(table: dict[str, Any]) -> Waiver:
    expires = table.get("expires")
    return Waiver(
        **{key: str(table.get(key, "")) for key in KEYS if key != "expires"},
        expires=expires if isinstance(expires, date) else None,
    )
