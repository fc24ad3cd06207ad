"""The daily report: how many requests came in on a day, and what became of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from service.domain.events import EventType
from service.domain.notice import Fact, Notice
from service.domain.request import Status


@dataclass(frozen=True, slots=True)
class Line:
    """What a report needs of a request."""

    status: Status
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReport:
    """The requests that were submitted on a day.

    Attributes:
        day: in UTC.
        pending: how many aren't decided yet.
        approved: how many were approved.
        rejected: how many were rejected.
        approved_cents: the sum of the approved amounts, in cents.
    """

    day: date
    pending: int
    approved: int
    rejected: int
    approved_cents: int


class Days(Protocol):
    """The stored requests by the day on which they were submitted."""

    def lines(self, day: date) -> Iterable[Line]:
        """Return a line for each request of a day, in UTC."""
        ...


class Reports(Protocol):
    """Where reports are kept."""

    def keep(self, report: DailyReport) -> None:
        """Keep a report, in place of one that was made of the same day before."""
        ...


def day_before(time: datetime) -> date:
    """Return the last day that is over, in UTC: the one to report on."""
    return time.astimezone(UTC).date() - timedelta(days=1)


def summarize(day: date, lines: Iterable[Line]) -> DailyReport:
    """Count the lines of a day."""
    found = list(lines)
    count = Counter(line.status for line in found)
    return DailyReport(
        day=day,
        pending=count[Status.PENDING],
        approved=count[Status.APPROVED],
        rejected=count[Status.REJECTED],
        approved_cents=sum(line.amount_cents for line in found if line.status is Status.APPROVED),
    )


def make_report(day: date, *, days: Days, reports: Reports | None) -> DailyReport:
    """Make the report of a day and, if there is a place for it, keep it."""
    report = summarize(day, days.lines(day))
    if reports is not None:
        reports.keep(report)
    return report


def of_report(report: DailyReport) -> Notice:
    """Tell what a report says."""
    facts: dict[str, Fact] = {
        "day": report.day.isoformat(),
        "pending": report.pending,
        "approved": report.approved,
        "rejected": report.rejected,
        "approved_cents": report.approved_cents,
    }
    return Notice(EventType.REPORT_MADE, report.day.isoformat(), facts)
