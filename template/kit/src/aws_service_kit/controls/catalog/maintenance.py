"""Maintenance of the guideline and exceptions to it (guideline, Maintenance)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from aws_service_kit.controls.control import Control, Judgement
from aws_service_kit.controls.evidence import Evidence

# The last review of these controls against AWS's services and the Well-Architected Framework.
REVIEWED = date(2026, 11, 26)
# The guideline requires a review every quarter.
QUARTER_DAYS = 92


class QuarterlyReview(Control):
    """The guideline was reviewed within the last quarter.

    Runtimes, services and prices of AWS change, and controls become outdated. Update to the
    template's newest release, whose controls were reviewed.

    Guideline: Maintenance. https://docs.aws.amazon.com/wellarchitected/latest/framework/
    """

    id = "REVIEW.quarterly"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the date of the controls' last review."""
        age = (evidence.today - REVIEWED).days
        fault = f"reviewed {age} days ago, on {REVIEWED}" if age > QUARTER_DAYS else ""
        yield Judgement("review", f"of {REVIEWED}", fault=fault)


class CurrentWaivers(Control):
    """Every waiver is needed, and has a reason, an owner and a last day in the future.

    Remove waivers that aren't needed. Decide again on expired ones.

    Guideline: Maintenance.
    """

    id = "WAIVERS.current"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:  # noqa: ARG002 - base class
        """Yield nothing: the review of all controls determines which waivers were needed."""
        return ()
