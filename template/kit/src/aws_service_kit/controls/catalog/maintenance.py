"""The guideline's own upkeep, and the exceptions to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from aws_service_kit.controls.control import Control, Judgement
from aws_service_kit.controls.evidence import Evidence

# When a person last compared these controls with AWS's services and the Well-Architected Framework.
REVIEWED = date(2026, 11, 26)
# The guideline asks for a review every quarter.
QUARTER_DAYS = 92


class QuarterlyReview(Control):
    """The guideline was reviewed within the last quarter.

    AWS changes: runtimes end, services and prices come and go, and a control that was right
    becomes a habit. Take the template's newest release, whose controls were reviewed.

    Guideline: Maintenance. https://docs.aws.amazon.com/wellarchitected/latest/framework/
    """

    id = "REVIEW.quarterly"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the date of these controls' own review."""
        age = (evidence.today - REVIEWED).days
        fault = f"reviewed {age} days ago, on {REVIEWED}" if age > QUARTER_DAYS else ""
        yield Judgement("review", f"of {REVIEWED}", fault=fault)


class CurrentWaivers(Control):
    """Every waiver is needed, and has a reason, an owner and a last day to come.

    An exception without an end is the rule. Remove what isn't needed; decide anew what expired.

    Guideline: Maintenance.
    """

    id = "WAIVERS.current"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:  # noqa: ARG002 - see there
        """Judge nothing: only a review of all controls knows which waivers were needed."""
        return ()
