import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.report import DailyReport, Line, day_before, make_report, of_report, summarize
from service.domain.request import Status

DAY = date(2026, 11, 24)
LINES = st.lists(st.builds(Line, st.sampled_from(Status), st.integers(1, 10**10)))


@dataclass
class Days:
    """The port, in memory."""

    stored: dict[date, list[Line]]

    def lines(self, day: date) -> list[Line]:
        return self.stored.get(day, [])


@dataclass
class Reports:
    """The port, in memory."""

    kept: list[DailyReport] = field(default_factory=list)

    def keep(self, report: DailyReport) -> None:
        self.kept.append(report)


def test_a_report_counts_by_status_and_adds_what_was_approved() -> None:
    lines = [
        Line(Status.APPROVED, 100),
        Line(Status.APPROVED, 20),
        Line(Status.REJECTED, 3_000_000),
        Line(Status.PENDING, 7),
    ]

    assert summarize(DAY, lines) == DailyReport(
        day=DAY, pending=1, approved=2, rejected=1, approved_cents=120
    )


@given(LINES)
def test_every_line_is_counted_once_in_any_order(lines: list[Line]) -> None:
    report = summarize(DAY, lines)

    assert report.pending + report.approved + report.rejected == len(lines)
    assert summarize(DAY, reversed(lines)) == report


@given(LINES, LINES)
def test_reports_of_parts_add_up(some: list[Line], others: list[Line]) -> None:
    whole, one, other = summarize(DAY, some + others), summarize(DAY, some), summarize(DAY, others)

    assert whole.approved_cents == one.approved_cents + other.approved_cents
    assert whole.rejected == one.rejected + other.rejected


@pytest.mark.parametrize(
    ("time", "day"),
    [
        (datetime(2026, 11, 25, 12, tzinfo=UTC), DAY),
        (datetime(2026, 11, 25, 0, 0, tzinfo=UTC), DAY),
        (datetime(2026, 11, 25, 22, tzinfo=timezone(-timedelta(hours=3))), date(2026, 11, 25)),
    ],
)
def test_the_day_before_is_the_last_that_is_over_in_utc(time: datetime, day: date) -> None:
    assert day_before(time) == day


@pytest.fixture
def machine_in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The time zone of whatever runs the tests, nine hours ahead of UTC."""
    if not hasattr(time, "tzset"):
        pytest.skip("Windows has its time zone from elsewhere.")
    monkeypatch.setenv("TZ", "XYZ-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("machine_in_tokyo")
def test_the_machines_time_zone_decides_nothing() -> None:
    assert day_before(datetime(2026, 11, 24, 20, tzinfo=UTC)) == date(2026, 11, 23)


def test_a_report_is_made_of_its_day_and_kept() -> None:
    days = Days({DAY: [Line(Status.APPROVED, 5)], date(2026, 11, 23): [Line(Status.PENDING, 1)]})
    reports = Reports()

    report = make_report(DAY, days=days, reports=reports)

    assert report.approved_cents == 5
    assert report.pending == 0
    assert reports.kept == [report]


def test_a_report_needs_no_place() -> None:
    assert make_report(DAY, days=Days({}), reports=None) == summarize(DAY, [])


def test_a_report_is_told_with_its_figures() -> None:
    notice = of_report(summarize(DAY, [Line(Status.APPROVED, 5)]))

    assert (notice.type, notice.id) == ("Report Made", "2026-11-24")
    assert notice.facts == {
        "day": "2026-11-24",
        "pending": 0,
        "approved": 1,
        "rejected": 0,
        "approved_cents": 5,
    }
