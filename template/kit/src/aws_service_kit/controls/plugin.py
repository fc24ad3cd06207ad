"""The repo-review plugin: a fixture, the checks and their families."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_service_kit.controls.catalog import CONTROLS
from aws_service_kit.controls.catalog.maintenance import CurrentWaivers
from aws_service_kit.controls.control import Control, ControlResult, Status
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.guideline_items import FAMILIES
from aws_service_kit.controls.review import review

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from repo_review.families import Family

Results = dict[str, ControlResult]


@dataclass(frozen=True)
class Check:
    """A control as a check of repo-review; its description includes the control's result."""

    control: Control
    result: ControlResult | None

    @property
    def family(self) -> str:
        """The part of the guideline that the check belongs to."""
        return self.control.item.family

    # repo-review formats the text, so braces are doubled.
    @property
    def __doc__(self) -> str:  # type: ignore[override]
        text = self.control.rule
        if self.result is not None:
            text += f" ({self.result.status}: {self.result.detail})"
        return text.replace("{", "{{").replace("}", "}}").replace("[", r"\[")

    def check(self) -> bool | str | None:
        """Return True for passed, None for skipped, or the faults in Markdown."""
        if self.result is None or self.result.status is Status.NOT_APPLICABLE:
            return None
        if self.result.status is Status.FAILED:
            return message(self.result)
        return True if self.result.status is Status.PROVEN else None


def guideline_outcomes(root: Traversable) -> Results:
    """Return the results of all controls for a local repository; none for a list of checks."""
    if not isinstance(root, Path):
        return {}
    evidence = Evidence(root, today=datetime.now(UTC).date())
    return {result.control.id: result for result in review(evidence)}


def checks(guideline_outcomes: Any) -> dict[str, Check]:  # noqa: ANN401 - as repo-review hands it on
    """Return all checks by their id."""
    controls = (*CONTROLS, CurrentWaivers())
    return {control.id: Check(control, guideline_outcomes.get(control.id)) for control in controls}


def families() -> dict[str, Family]:
    """Return the parts of the guideline, in its order."""
    return {key: {"name": name, "order": n} for n, (key, name) in enumerate(FAMILIES.items())}


def message(result: ControlResult) -> str:
    """Return the faults in Markdown, one line each, followed by the rule."""
    lines = []
    for fault in result.faults:
        where = f" in {fault.environment}" if fault.environment else ""
        lines.append(f"- `{fault.name}`{where}: {fault.fault}")
    return "\n".join([*lines, "", result.control.text])
