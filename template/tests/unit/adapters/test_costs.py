from datetime import date
from decimal import Decimal

import pytest
from aws_service_kit.runtime.errors import (
    DependencyError,
    DependencyFailedError,
    DependencyUnavailableError,
)
from aws_service_kit.testing.fake_aws import each_unreadable

from service.adapters.costs import costs_of
from service.domain.cost_report import Cost, Week
from tests.unit.adapters.bills import bill, broken, group, page

pytestmark = pytest.mark.usefixtures("aws")

WEEK = Week(date(2026, 11, 22))


def test_costs_come_from_every_page() -> None:
    first = page(("2026-11-08", [group("AWS Lambda", "prod", "0.10")]), token="next")
    second = page(("2026-11-21", [group("Amazon DynamoDB", "dev", "-0.0000000001")]), token="last")
    third = page(("2026-11-21", [group("AWS Lambda", "", "2")]))

    with bill(first, second, third):
        costs = list(costs_of("payments", WEEK))

    assert costs == [
        Cost(
            day=date(2026, 11, 8),
            aws_service="AWS Lambda",
            environment="prod",
            usd=Decimal("0.10"),
        ),
        Cost(
            day=date(2026, 11, 21),
            aws_service="Amazon DynamoDB",
            environment="dev",
            usd=Decimal("-0.0000000001"),
        ),
        Cost(
            day=date(2026, 11, 21),
            aws_service="AWS Lambda",
            environment="untagged",
            usd=Decimal(2),
        ),
    ]


def test_no_costs_are_no_error() -> None:
    with bill(page(("2026-11-21", []))):
        assert list(costs_of("payments", WEEK)) == []


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, DependencyUnavailableError),
        ("InternalFailure", 500, DependencyUnavailableError),
        ("AccessDeniedException", 400, DependencyFailedError),
        ("DataUnavailableException", 400, DependencyFailedError),
    ],
)
def test_failures_are_the_dependencys(
    code: str, status: int, expected: type[DependencyError]
) -> None:
    with broken(code, status), pytest.raises(expected, match="Cost Explorer"):
        list(costs_of("payments", WEEK))


def test_an_unreadable_response_is_an_error() -> None:
    for _ in each_unreadable():
        with pytest.raises(DependencyUnavailableError):
            list(costs_of("payments", WEEK))
