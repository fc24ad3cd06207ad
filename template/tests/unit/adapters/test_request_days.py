from dataclasses import replace
from datetime import date, timedelta

import pytest
from aws_service_kit.runtime import clients, deadline
from aws_service_kit.runtime.errors import DependencyFailedError, DependencyUnavailableError
from aws_service_kit.testing.answering import each_unreadable
from aws_service_kit.testing.unit import Context, Output
from botocore.stub import ANY, Stubber

from service.adapters.request_days import RequestDays, request_days
from service.adapters.requests_table import RequestsTable
from service.domain.ports import IdempotencyKey
from service.domain.report import Line
from service.domain.request import Status
from tests.unit.adapters.resources import TABLE, create_table
from tests.unit.domain.requests import REQUEST

pytestmark = pytest.mark.usefixtures("aws")

DAY = date(2026, 11, 24)


def test_a_day_has_its_own_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    create_table()
    monkeypatch.setenv("TABLE_NAME", TABLE)
    table = RequestsTable(clients.dynamodb(), TABLE)
    for number, days in enumerate((0, 0, 1)):
        request = replace(
            REQUEST,
            id=f"{REQUEST.id[:-1]}{number}",
            owner=f"owner-{number}",
            amount_cents=number + 1,
            created_at=REQUEST.created_at + timedelta(days=days),
        )
        table.add(request, IdempotencyKey(str(number), "fingerprint"))

    assert list(request_days().lines(DAY)) == [Line(Status.PENDING, 1), Line(Status.PENDING, 2)]


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
        lines = list(RequestDays(clients.dynamodb(), TABLE).lines(DAY))

    assert lines == [Line(Status.APPROVED, 7)] * 2


def test_an_empty_last_key_is_the_end() -> None:
    """As DynamoDB documents it; https://github.com/pynamodb/PynamoDB/pull/1307."""
    item = {"status": {"S": "approved"}, "amount_cents": {"N": "7"}}
    with Stubber(clients.dynamodb()) as stub:
        stub.add_response("query", {"Items": [item], "LastEvaluatedKey": {}})
        assert list(RequestDays(clients.dynamodb(), TABLE).lines(DAY)) == [Line(Status.APPROVED, 7)]


@pytest.mark.parametrize(
    "unreadable",
    [
        {"status": {"S": "of a later release"}},
        {"amount_cents": {"N": "1.5"}},
        {"amount_cents": {"S": "1"}},
        {},
    ],
)
def test_what_cannot_be_read_is_left_out(
    unreadable: dict[str, dict[str, str]], output: Output
) -> None:
    item = {"sk": {"S": f"REQUEST#{REQUEST.id}"}, "status": {"S": "approved"}}
    readable = {**item, "amount_cents": {"N": "7"}}
    with Stubber(clients.dynamodb()) as stub:
        stub.add_response("query", {"Items": [readable, {**item, **unreadable}, readable]})
        lines = list(RequestDays(clients.dynamodb(), TABLE).lines(DAY))

    assert lines == [Line(Status.APPROVED, 7)] * 2
    [line] = output.logs
    assert (line["message"], line["record_id"]) == ("Record unreadable", REQUEST.id)


def test_a_day_that_takes_too_long_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    client, context = clients.dynamodb(), Context(seconds=10)

    def query(**_query: object) -> dict[str, object]:
        context.seconds -= 1.6
        return {"Items": [], "LastEvaluatedKey": {"pk": {"S": "p"}}}

    monkeypatch.setattr(client, "query", query)
    with deadline.of(context), pytest.raises(DependencyUnavailableError, match="no time is left"):
        list(RequestDays(client, TABLE).lines(DAY))

    assert context.seconds > 1.6


def test_failures_are_the_dependencys() -> None:
    with pytest.raises(DependencyFailedError, match="DynamoDB"):
        list(RequestDays(clients.dynamodb(), "absent").lines(DAY))


def test_what_is_no_answer_is_no_empty_day() -> None:
    for _ in each_unreadable():
        with pytest.raises(DependencyUnavailableError):
            list(RequestDays(clients.dynamodb(), TABLE).lines(DAY))
