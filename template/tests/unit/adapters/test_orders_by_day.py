from dataclasses import replace
from datetime import date, timedelta

import pytest
from aws_service_kit.runtime import clients, deadline
from aws_service_kit.runtime.errors import DependencyFailedError, DependencyUnavailableError
from aws_service_kit.testing.fake_aws import each_unreadable
from aws_service_kit.testing.unit import Context, Output
from botocore.stub import ANY, Stubber

from service.adapters.factories.reports import orders_by_day
from service.adapters.orders_by_day import OrdersByDayIndex
from service.adapters.orders_table import OrdersTable
from service.domain.order import Status
from service.domain.ports import IdempotencyKey
from service.domain.report import OrderSummary
from tests.unit.adapters.resources import TABLE, create_table
from tests.unit.domain.orders import ORDER

pytestmark = pytest.mark.usefixtures("aws")

DAY = date(2026, 11, 24)


def test_a_day_has_only_its_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    create_table()
    monkeypatch.setenv("TABLE_NAME", TABLE)
    table = OrdersTable(clients.dynamodb(), TABLE)
    for number, days in enumerate((0, 0, 1)):
        order = replace(
            ORDER,
            id=f"{ORDER.id[:-1]}{number}",
            owner=f"owner-{number}",
            amount_cents=number + 1,
            created_at=ORDER.created_at + timedelta(days=days),
        )
        table.add(order, IdempotencyKey(str(number), "fingerprint"))

    assert list(orders_by_day().summaries(DAY)) == [
        OrderSummary(Status.PENDING, 1),
        OrderSummary(Status.PENDING, 2),
    ]


def test_a_day_is_read_page_by_page() -> None:
    item = {"status": {"S": "approved"}, "amount_cents": {"N": "7"}}
    with Stubber(clients.dynamodb()) as stub:
        next_page = {"pk": {"S": "p"}}
        stub.add_response("query", {"Items": [item], "LastEvaluatedKey": next_page})
        expected = {
            "TableName": TABLE,
            "IndexName": "by-day",
            "KeyConditionExpression": ANY,
            "ExpressionAttributeNames": ANY,
            "ExpressionAttributeValues": {":day": {"S": "2026-11-24"}},
            "ExclusiveStartKey": next_page,
        }
        stub.add_response("query", {"Items": [item]}, expected)
        summaries = list(OrdersByDayIndex(clients.dynamodb(), TABLE).summaries(DAY))

    assert summaries == [OrderSummary(Status.APPROVED, 7)] * 2


def test_an_empty_last_key_is_the_end() -> None:
    """As DynamoDB documents it; https://github.com/pynamodb/PynamoDB/pull/1307."""
    item = {"status": {"S": "approved"}, "amount_cents": {"N": "7"}}
    with Stubber(clients.dynamodb()) as stub:
        stub.add_response("query", {"Items": [item], "LastEvaluatedKey": {}})
        assert list(OrdersByDayIndex(clients.dynamodb(), TABLE).summaries(DAY)) == [
            OrderSummary(Status.APPROVED, 7)
        ]


@pytest.mark.parametrize(
    "unreadable",
    [
        {"status": {"S": "of a later release"}},
        {"amount_cents": {"N": "1.5"}},
        {"amount_cents": {"S": "1"}},
        {},
    ],
)
def test_unreadable_items_are_omitted(
    unreadable: dict[str, dict[str, str]], output: Output
) -> None:
    item = {"sk": {"S": f"REQUEST#{ORDER.id}"}, "status": {"S": "approved"}}
    readable = {**item, "amount_cents": {"N": "7"}}
    with Stubber(clients.dynamodb()) as stub:
        stub.add_response("query", {"Items": [readable, {**item, **unreadable}, readable]})
        summaries = list(OrdersByDayIndex(clients.dynamodb(), TABLE).summaries(DAY))

    assert summaries == [OrderSummary(Status.APPROVED, 7)] * 2
    [line] = output.logs
    assert (line["message"], line["record_id"]) == ("Record unreadable", ORDER.id)


def test_a_day_that_takes_too_long_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    client, context = clients.dynamodb(), Context(seconds=10)

    def query(**_query: object) -> dict[str, object]:
        context.seconds -= 1.6
        return {"Items": [], "LastEvaluatedKey": {"pk": {"S": "p"}}}

    monkeypatch.setattr(client, "query", query)
    with deadline.of(context), pytest.raises(DependencyUnavailableError, match="no time is left"):
        list(OrdersByDayIndex(client, TABLE).summaries(DAY))

    assert context.seconds > 1.6


def test_failures_are_the_dependencys() -> None:
    with pytest.raises(DependencyFailedError, match="DynamoDB"):
        list(OrdersByDayIndex(clients.dynamodb(), "absent").summaries(DAY))


def test_an_unreadable_response_is_an_error() -> None:
    for _ in each_unreadable():
        with pytest.raises(DependencyUnavailableError):
            list(OrdersByDayIndex(clients.dynamodb(), TABLE).summaries(DAY))
