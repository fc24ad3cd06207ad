"""What repo-review takes from this package: a fixture, the checks and their families."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_service_kit.controls.catalog import CONTROLS
from aws_service_kit.controls.catalog.maintenance import CurrentWaivers
from aws_service_kit.controls.control import Control, Outcome, Status
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.items import FAMILIES
from aws_service_kit.controls.review import review

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from repo_review.families import Family

Outcomes = dict[str, Outcome]


@dataclass(frozen=True)
class Check:
    """A control, as repo-review sees it: its description also tells what was looked at."""

    control: Control
    outcome: Outcome | None

    @property
    def family(self) -> str:
        """The part of the guideline."""
        return self.control.item.family

    # repo-review fills in what stands in braces.
    @property
    def __doc__(self) -> str:  # type: ignore[override]
        said = self.control.rule
        if self.outcome is not None:
            said += f" ({self.outcome.status}: {self.outcome.detail})"
        return said.replace("{", "{{").replace("}", "}}").replace("[", r"\[")

    def check(self) -> bool | str | None:
        """Tell repo-review: passed, skipped, or what is wrong."""
        if self.outcome is None or self.outcome.status is Status.NOT_APPLICABLE:
            return None
        if self.outcome.status is Status.FAILED:
            return message(self.outcome)
        return True if self.outcome.status is Status.PROVEN else None


def guideline_outcomes(root: Traversable) -> Outcomes:
    """Hold a repository on this machine to all controls; nothing where repo-review lists them."""
    if not isinstance(root, Path):
        return {}
    evidence = Evidence(root, today=datetime.now(UTC).date())
    return {outcome.control.id: outcome for outcome in review(evidence)}


def checks(guideline_outcomes: Any) -> dict[str, Check]:  # noqa: ANN401 - as repo-review hands it on
    """Give every control."""
    controls = (*CONTROLS, CurrentWaivers())
    return {control.id: Check(control, guideline_outcomes.get(control.id)) for control in controls}


def families() -> dict[str, Family]:
    """Give the parts of the guideline, in its order."""
    return {key: {"name": name, "order": n} for n, (key, name) in enumerate(FAMILIES.items())}


def message(outcome: Outcome) -> str:
    """Write what is wrong, in Markdown: a line for each fault, then the rule."""
    lines = []
    for fault in outcome.faults:
        where = f" in {fault.environment}" if fault.environment else ""
        lines.append(f"- `{fault.subject}`{where}: {fault.fault}")
    return "\n".join([*lines, "", outcome.control.text])
