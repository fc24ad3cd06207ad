"""The daily report: the number of orders of a day, by status."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from service.domain.events import EventType
from service.domain.notification import Fact, Notification
from service.domain.order import Status

if TYPE_CHECKING:
    from service.domain.ports.reports import OrdersByDay, Reports


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """The part of an order that a report needs."""

    status: Status
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReport:
    """The orders that were submitted on a day.

    Attributes:
        day: the day in UTC.
        pending: the number of undecided orders.
        approved: the number of approved orders.
        rejected: the number of rejected orders.
        approved_cents: the sum of the approved amounts, in cents.
    """

    day: date
    pending: int
    approved: int
    rejected: int
    approved_cents: int


def day_before(time: datetime) -> date:
    """Return the day before a time, in UTC."""
    return time.astimezone(UTC).date() - timedelta(days=1)


def summarize(day: date, orders: Iterable[OrderSummary]) -> DailyReport:
    """Count the orders of a day."""
    found = list(orders)
    count = Counter(order.status for order in found)
    return DailyReport(
        day=day,
        pending=count[Status.PENDING],
        approved=count[Status.APPROVED],
        rejected=count[Status.REJECTED],
        approved_cents=sum(
            order.amount_cents for order in found if order.status is Status.APPROVED
        ),
    )


def make_report(day: date, *, days: "OrdersByDay", reports: "Reports | None") -> DailyReport:
    """Make the report of a day, and store it unless `reports` is None."""
    report = summarize(day, days.summaries(day))
    if reports is not None:
        reports.save(report)
    return report


def of_report(report: DailyReport) -> Notification:
    """Return the notification of a report."""
    facts: dict[str, Fact] = {
        "day": report.day.isoformat(),
        "pending": report.pending,
        "approved": report.approved,
        "rejected": report.rejected,
        "approved_cents": report.approved_cents,
    }
    return Notification(EventType.REPORT_MADE, report.day.isoformat(), facts)
