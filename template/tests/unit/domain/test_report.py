import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.events import EventType
from service.domain.order import Status
from service.domain.report import (
    DailyReport,
    OrderSummary,
    day_before,
    make_report,
    of_report,
    summarize,
)

DAY = date(2026, 11, 24)
SUMMARIES = st.lists(st.builds(OrderSummary, st.sampled_from(Status), st.integers(1, 10**10)))


@dataclass
class OrdersByDay:
    """The port, in memory."""

    stored: dict[date, list[OrderSummary]]

    def summaries(self, day: date) -> list[OrderSummary]:
        return self.stored.get(day, [])


@dataclass
class Reports:
    """The port, in memory."""

    saved: list[DailyReport] = field(default_factory=list)

    def save(self, report: DailyReport) -> None:
        self.saved.append(report)


def test_a_report_counts_by_status_and_adds_what_was_approved() -> None:
    orders = [
        OrderSummary(Status.APPROVED, 100),
        OrderSummary(Status.APPROVED, 20),
        OrderSummary(Status.REJECTED, 3_000_000),
        OrderSummary(Status.PENDING, 7),
    ]

    assert summarize(DAY, orders) == DailyReport(
        day=DAY, pending=1, approved=2, rejected=1, approved_cents=120
    )


@given(SUMMARIES)
def test_every_order_is_counted_once_in_any_order(orders: list[OrderSummary]) -> None:
    report = summarize(DAY, orders)

    assert report.pending + report.approved + report.rejected == len(orders)
    assert summarize(DAY, reversed(orders)) == report


@given(SUMMARIES, SUMMARIES)
def test_reports_of_parts_add_up(some: list[OrderSummary], others: list[OrderSummary]) -> None:
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
def computer_in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the computer's time zone to nine hours ahead of UTC."""
    if not hasattr(time, "tzset"):
        pytest.skip("Python can't set the time zone on Windows")
    monkeypatch.setenv("TZ", "XYZ-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("computer_in_tokyo")
def test_the_time_zone_of_the_computer_has_no_effect() -> None:
    assert day_before(datetime(2026, 11, 24, 20, tzinfo=UTC)) == date(2026, 11, 23)


def test_a_report_is_made_of_its_day_and_saved() -> None:
    days = OrdersByDay(
        {
            DAY: [OrderSummary(Status.APPROVED, 5)],
            date(2026, 11, 23): [OrderSummary(Status.PENDING, 1)],
        }
    )
    reports = Reports()

    report = make_report(DAY, days=days, reports=reports)

    assert report.approved_cents == 5
    assert report.pending == 0
    assert reports.saved == [report]


def test_a_report_needs_no_storage() -> None:
    assert make_report(DAY, days=OrdersByDay({}), reports=None) == summarize(DAY, [])


def test_a_report_is_notified_with_its_figures() -> None:
    notification = of_report(summarize(DAY, [OrderSummary(Status.APPROVED, 5)]))

    assert (notification.type, notification.id) == (EventType.REPORT_MADE, "2026-11-24")
    assert notification.facts == {
        "day": "2026-11-24",
        "pending": 0,
        "approved": 1,
        "rejected": 0,
        "approved_cents": 5,
    }
