"""Cost reports as JSON, for the log and for the bucket of reports."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from aws_service_kit.runtime import objects

from service.domain.cost_report import CostReport, Spending


def as_json(report: CostReport) -> dict[str, Any]:
    """Return a report as JSON values. Amounts are in US dollars, rounded to cents."""
    return {
        "first_day": report.week.start.isoformat(),
        "day_after": report.week.end.isoformat(),
        "total": _spending(report.total),
        "by_aws_service": _lines(report.by_aws_service),
        "by_environment": _lines(report.by_environment),
    }


def store(bucket: str, day: date, report: CostReport) -> None:
    """Store the report of a day. It replaces an earlier one of the same day.

    Raises:
        DependencyError: S3 failed.
    """
    objects.put_json(bucket, f"costs/{day.isoformat()}.json", as_json(report))


def _lines(spending: Mapping[str, Spending]) -> list[Any]:
    return [{"name": name, **_spending(one)} for name, one in spending.items()]


def _spending(spending: Spending) -> dict[str, float | None]:
    return {
        "usd": _rounded(spending.usd),
        "before_usd": _rounded(spending.before_usd),
        "change_usd": _rounded(spending.change_usd),
        "change_percent": _rounded(spending.change_percent),
    }


def _rounded(value: Decimal | None) -> float | None:
    return None if value is None else float(round(value, 2))
