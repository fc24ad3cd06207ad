from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.cost_report import Cost, Spending, Week, latest_week, make_report

WEEK = Week(date(2026, 11, 22))

AMOUNTS = st.decimals(
    Decimal("-1e6"), Decimal("1e6"), places=10, allow_nan=False, allow_infinity=False
)
COSTS = st.builds(
    Cost,
    day=st.dates(WEEK.start - timedelta(days=9), WEEK.end + timedelta(days=2)),
    aws_service=st.sampled_from(["AWS Lambda", "Amazon DynamoDB", "Amazon SQS"]),
    environment=st.sampled_from(["dev", "prod", "untagged"]),
    usd=AMOUNTS,
)


def cost(day: str, usd: str, *, service: str = "AWS Lambda", environment: str = "prod") -> Cost:
    return Cost(
        day=date.fromisoformat(day), aws_service=service, environment=environment, usd=Decimal(usd)
    )


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2026-11-07", None),
        ("2026-11-08", "before"),
        ("2026-11-14", "before"),
        ("2026-11-15", "this"),
        ("2026-11-21", "this"),
        ("2026-11-22", None),
    ],
)
def test_a_day_is_in_one_week_or_none(day: str, week: str | None) -> None:
    total = make_report(WEEK, [cost(day, "1")]).total

    assert total.usd == (1 if week == "this" else 0)
    assert total.before_usd == (1 if week == "before" else 0)


def test_a_week_is_compared_by_service_and_environment() -> None:
    report = make_report(
        WEEK,
        [
            cost("2026-11-08", "1.00"),
            cost("2026-11-15", "0.50"),
            cost("2026-11-16", "0.75"),
            cost("2026-11-16", "3", service="Amazon DynamoDB", environment="dev"),
            cost("2026-11-09", "7", service="Amazon SQS", environment="dev"),
        ],
    )

    assert report.week == WEEK
    assert report.total == Spending(Decimal("4.25"), Decimal("8.00"))
    assert list(report.by_aws_service.items()) == [
        ("Amazon DynamoDB", Spending(Decimal(3), Decimal(0))),
        ("AWS Lambda", Spending(Decimal("1.25"), Decimal(1))),
        ("Amazon SQS", Spending(Decimal(0), Decimal(7))),
    ]
    assert report.by_environment == {
        "dev": Spending(Decimal(3), Decimal(7)),
        "prod": Spending(Decimal("1.25"), Decimal(1)),
    }


@pytest.mark.parametrize(
    ("usd", "before", "change", "percent"),
    [
        ("15", "10", "5", "50"),
        ("0", "4", "-4", "-100"),
        ("3", "0", "3", None),
        ("3", "-1", "4", None),
    ],
)
def test_a_change_has_a_percentage_where_one_makes_sense(
    usd: str, before: str, change: str, percent: str | None
) -> None:
    spending = Spending(Decimal(usd), Decimal(before))

    assert spending.change_usd == Decimal(change)
    assert spending.change_percent == (None if percent is None else Decimal(percent))


def test_no_costs_give_an_empty_report() -> None:
    report = make_report(WEEK, [])

    assert report.total == Spending(Decimal(0), Decimal(0))
    assert report.by_aws_service == report.by_environment == {}


@given(st.lists(COSTS))
def test_every_way_to_divide_the_costs_sums_up_to_the_total(costs: list[Cost]) -> None:
    report = make_report(WEEK, costs)

    for groups in (report.by_aws_service, report.by_environment):
        assert sum(group.usd for group in groups.values()) == report.total.usd
        assert sum(group.before_usd for group in groups.values()) == report.total.before_usd


@given(st.lists(COSTS))
def test_the_most_expensive_come_first(costs: list[Cost]) -> None:
    report = make_report(WEEK, costs)

    amounts = [spending.usd for spending in report.by_aws_service.values()]
    assert amounts == sorted(amounts, reverse=True)


@given(st.lists(COSTS), st.randoms())
def test_the_order_of_the_costs_doesnt_matter(costs: list[Cost], random: Random) -> None:
    shuffled = random.sample(costs, len(costs))

    assert make_report(WEEK, shuffled) == make_report(WEEK, costs)


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_the_latest_week_is_complete(today: date) -> None:
    week = latest_week(today)

    assert today - week.end == timedelta(days=1)
    assert week.end - week.start == timedelta(days=7)
    assert week.before().end == week.start
    assert today not in week
