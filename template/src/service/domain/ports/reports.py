"""Ports of daily reports."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from service.domain.report import DailyReport, OrderSummary


class OrdersByDay(Protocol):
    """The stored orders by the day on which they were submitted."""

    def summaries(self, day: date) -> Iterable[OrderSummary]:
        """Return a summary of each order of a day, in UTC."""
        ...


class Reports(Protocol):
    """The stored reports."""

    def save(self, report: DailyReport) -> None:
        """Store a report. It replaces an earlier one of the same day."""
        ...
