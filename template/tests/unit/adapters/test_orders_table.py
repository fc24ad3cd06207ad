from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.errors import DependencyFailedError, DependencyUnavailableError
from aws_service_kit.testing.fake_aws import each_unreadable
from aws_service_kit.testing.unit import Output
from botocore.stub import Stubber

from service.adapters.orders_table import OrdersTable
from service.domain.errors import (
    IdempotencyKeyReusedError,
    OrderNotFoundError,
    SubmissionInProgressError,
)
from service.domain.order import Order, Reason, Status, decided
from service.domain.ports import IdempotencyKey, Orders, Page, Submission
from tests.unit.adapters.resources import TABLE, create_table
from tests.unit.damage import UNREADABLE, damage
from tests.unit.domain.orders import ORDER

KEY = IdempotencyKey("digest", "fingerprint")
REJECTED = decided(replace(ORDER, amount_cents=1_000_001))


@pytest.fixture
def table(aws: None) -> OrdersTable:  # noqa: ARG001 (requested for its effect)
    create_table()
    return OrdersTable(clients.dynamodb(), TABLE)


def numbered(number: int) -> Order:
    return replace(ORDER, id=f"{number:02}")


def stored_at(order: Order) -> dict[str, str]:
    return {"pk": f"OWNER#{order.owner}", "sk": f"REQUEST#{order.id}"}


def aged(days: int, number: int = 0) -> Order:
    """Return an order that was submitted some days ago, and half an hour."""
    submitted = datetime.now(UTC) - timedelta(days=days, minutes=30)
    return replace(numbered(number), created_at=submitted)


def add(table: OrdersTable, order: Order) -> None:
    table.add(order, IdempotencyKey(f"digest {order.id}", "fingerprint"))


def test_it_is_the_port(table: OrdersTable) -> None:
    port: Orders = table
    assert port


@pytest.mark.parametrize("request_", [ORDER, REJECTED])
def test_what_is_stored_is_read(table: OrdersTable, request_: Order) -> None:
    assert table.add(request_, KEY) == Submission(request_, replayed=False)

    assert table.get(request_.owner, request_.id) == request_


def test_a_missing_order(table: OrdersTable) -> None:
    add(table, ORDER)

    assert table.get(ORDER.owner, "other") is None
    assert table.get("other", ORDER.id) is None


def test_a_used_key_returns_the_first_submission(table: OrdersTable) -> None:
    table.add(REJECTED, KEY)

    again = table.add(replace(REJECTED, id="other"), KEY)

    assert again == Submission(REJECTED, replayed=True)
    assert table.page(REJECTED.owner, limit=10).requests == (REJECTED,)


def test_a_key_of_another_submission_is_rejected(table: OrdersTable) -> None:
    table.add(ORDER, KEY)

    with pytest.raises(IdempotencyKeyReusedError):
        table.add(replace(ORDER, id="other"), replace(KEY, fingerprint="other"))

    assert table.get(ORDER.owner, "other") is None


@pytest.mark.parametrize(
    ("first", "second", "replayed"),
    [
        pytest.param(("model", None), ("model", "sent"), True, id="an item of 1.5.0"),
        pytest.param(("model", "sent"), ("model", None), True, id="an item for 1.5.0"),
        pytest.param(("model", "sent"), ("with a default", "sent"), True, id="another release"),
        pytest.param(("model", "sent"), ("model", "null written out"), True, id="the same"),
        pytest.param(("model", "sent"), ("other", "other"), False, id="another submission"),
        pytest.param(("model", None), ("other", None), False, id="another one in 1.5.0"),
    ],
)
def test_a_key_is_recognised_by_either_fingerprint(
    table: OrdersTable,
    first: tuple[str, str | None],
    second: tuple[str, str | None],
    replayed: bool,
) -> None:
    table.add(ORDER, IdempotencyKey("digest", *first))
    again = IdempotencyKey("digest", *second)
    expected: Any = nullcontext() if replayed else pytest.raises(IdempotencyKeyReusedError)

    with expected:
        assert table.add(replace(ORDER, id="other"), again).replayed


@pytest.mark.parametrize(("hours", "replayed"), [(23, True), (24, False)])
def test_a_key_is_stored_for_a_day(table: OrdersTable, hours: int, replayed: bool) -> None:
    table.add(ORDER, KEY)
    later = replace(ORDER, id="other", created_at=ORDER.created_at + timedelta(hours=hours))

    assert table.add(later, KEY).replayed is replayed


def test_a_key_is_stored_for_the_retention_of_the_adapter(table: OrdersTable) -> None:
    OrdersTable(clients.dynamodb(), TABLE, key_retention=timedelta(hours=1)).add(ORDER, KEY)
    later = replace(ORDER, id="other", created_at=ORDER.created_at + timedelta(hours=2))

    assert not table.add(later, KEY).replayed


@pytest.fixture
def expiring(table: OrdersTable) -> OrdersTable:  # noqa: ARG001 (requested for its effect)
    """The table of a service with a retention of thirty days."""
    return OrdersTable(clients.dynamodb(), TABLE, retention=timedelta(days=30))


def test_an_order_ends_after_its_retention(expiring: OrdersTable) -> None:
    order = aged(0)
    add(expiring, order)

    (stored,) = (item for item in scan() if item["pk"]["S"].startswith("OWNER#"))
    expected = int((order.created_at + timedelta(days=30)).timestamp())
    assert stored["expires_at"] == {"N": str(expected)}


def test_without_a_retention_an_order_has_no_end(table: OrdersTable) -> None:
    add(table, aged(36500))

    (stored,) = (item for item in scan() if item["pk"]["S"].startswith("OWNER#"))
    assert "expires_at" not in stored
    assert table.page(ORDER.owner, limit=1).requests


def test_expired_orders_are_omitted_before_they_are_deleted(expiring: OrdersTable) -> None:
    """DynamoDB deletes expired items within a few days."""
    orders = [aged(days, number) for number, days in enumerate((31, 30, 29))]
    for order in orders:
        add(expiring, order)

    assert len(scan()) == 2 * len(orders)
    found = [expiring.get(order.owner, order.id) for order in orders]
    assert found == [None, None, orders[2]]
    assert expiring.page(ORDER.owner, limit=10).requests == (orders[2],)


def test_a_list_continues_after_a_page_of_expired_orders(expiring: OrdersTable) -> None:
    """The retention may have changed since an order was stored."""
    lasting = aged(60, number=0)
    add(OrdersTable(clients.dynamodb(), TABLE), lasting)
    add(expiring, aged(31, number=1))

    first = expiring.page(ORDER.owner, limit=1)
    assert first == Page((), last_id="01")
    assert expiring.page(ORDER.owner, limit=1, after=first.last_id).requests == (lasting,)


def test_a_decision_does_not_create_an_erased_order(table: OrdersTable) -> None:
    add(table, ORDER)
    key = {"pk": {"S": f"OWNER#{ORDER.owner}"}, "sk": {"S": f"REQUEST#{ORDER.id}"}}
    clients.dynamodb().delete_item(TableName=TABLE, Key=key)

    with pytest.raises(OrderNotFoundError):
        table.complete(decided(ORDER))

    assert table.get(ORDER.owner, ORDER.id) is None


def scan() -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = clients.dynamodb().scan(TableName=TABLE)["Items"]
    return items


def test_an_id_is_never_written_over(table: OrdersTable) -> None:
    add(table, ORDER)

    with pytest.raises(DependencyFailedError):
        table.add(replace(ORDER, amount_cents=1), replace(KEY, digest="other"))

    assert table.get(ORDER.owner, ORDER.id) == ORDER


def test_a_concurrent_submission_is_in_progress(table: OrdersTable) -> None:
    with Stubber(clients.dynamodb()) as stub:
        stub.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            http_status_code=400,
            modeled_fields={
                "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]
            },
        )
        with pytest.raises(SubmissionInProgressError):
            table.add(ORDER, KEY)


def test_pages_are_newest_first_and_complete(table: OrdersTable) -> None:
    for number in range(5):
        add(table, numbered(number))
    add(table, replace(numbered(9), owner="other"))

    first = table.page(ORDER.owner, limit=2)
    second = table.page(ORDER.owner, limit=2, after=first.last_id)
    third = table.page(ORDER.owner, limit=2, after=second.last_id)

    assert first == Page((numbered(4), numbered(3)), last_id="03")
    assert second == Page((numbered(2), numbered(1)), last_id="01")
    assert third == Page((numbered(0),), last_id=None)


def test_an_empty_last_key_is_the_end(table: OrdersTable) -> None:
    """As DynamoDB documents it; https://github.com/pynamodb/PynamoDB/pull/1307."""
    with Stubber(clients.dynamodb()) as stub:
        stub.add_response("query", {"Items": [], "LastEvaluatedKey": {}})
        assert table.page(ORDER.owner, limit=1) == Page((), last_id=None)


def test_a_decision_is_stored_once(table: OrdersTable) -> None:
    add(table, ORDER)

    other = replace(ORDER, status=Status.REJECTED, reason=Reason.AMOUNT_OVER_LIMIT)
    assert table.complete(decided(ORDER)) == decided(ORDER)
    assert table.complete(other) == decided(ORDER)

    assert table.get(ORDER.owner, ORDER.id) == decided(ORDER)


def test_a_deleted_order_is_not_decided(table: OrdersTable) -> None:
    with pytest.raises(OrderNotFoundError):
        table.complete(decided(ORDER))

    assert table.get(ORDER.owner, ORDER.id) is None


def test_a_rejection_is_stored_with_its_reason(table: OrdersTable) -> None:
    add(table, replace(REJECTED, status=Status.PENDING, reason=None))

    table.complete(REJECTED)

    assert table.get(REJECTED.owner, REJECTED.id) == REJECTED


@pytest.mark.parametrize("attribute", UNREADABLE)
def test_pages_omit_unreadable_orders(attribute: str, table: OrdersTable, output: Output) -> None:
    orders = [numbered(number) for number in range(5)]
    for order in orders:
        add(table, order)
    # The newest order, and two in a row.
    for number in (4, 2, 1):
        damage(stored_at(numbered(number)), attribute)

    found: list[Order] = []
    after: str | None = None
    while True:
        page = table.page(ORDER.owner, limit=1, after=after)
        found.extend(page.requests)
        after = page.last_id
        if after is None:
            break

    assert found == [orders[3], orders[0]]
    assert {line["message"] for line in output.logs} == {"Record unreadable"}


@pytest.mark.parametrize("attribute", UNREADABLE)
def test_an_unreadable_order_is_not_missing(
    attribute: str, table: OrdersTable, output: Output
) -> None:
    add(table, ORDER)
    damage(stored_at(ORDER), attribute)

    with pytest.raises(DependencyUnavailableError) as caught:
        table.get(ORDER.owner, ORDER.id)

    [line] = output.logs
    assert (line["message"], line["record_id"]) == ("Record unreadable", ORDER.id)
    values = {ORDER.owner, ORDER.document.number, *(UNREADABLE[attribute] or {}).values()}
    assert not any(len(value) > 1 and value in output.text for value in values)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("attribute", [*UNREADABLE, "fingerprint"])
def test_an_unreadable_submission_is_not_replayed(
    attribute: str, table: OrdersTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(UNREADABLE, "fingerprint", None)
    table.add(ORDER, KEY)
    damage({"pk": f"IDEMPOTENCY#{KEY.digest}", "sk": "IDEMPOTENCY"}, attribute)

    with pytest.raises(DependencyUnavailableError):
        table.add(replace(ORDER, id="other"), KEY)


def test_the_report_finds_the_day_without_personal_data(table: OrdersTable) -> None:
    table.add(ORDER, KEY)

    found = clients.dynamodb().query(
        TableName=TABLE,
        IndexName="by-day",
        KeyConditionExpression="#day = :day",
        ExpressionAttributeNames={"#day": "day"},
        ExpressionAttributeValues={":day": {"S": "2026-11-24"}},
    )["Items"]

    assert [set(item) for item in found] == [{"pk", "sk", "day", "status", "amount_cents"}]


@pytest.mark.usefixtures("aws")
def test_failures_are_the_dependencys() -> None:
    absent = OrdersTable(clients.dynamodb(), "absent")

    with pytest.raises(DependencyFailedError, match="ResourceNotFoundException"):
        absent.get("owner", "id")
    with pytest.raises(DependencyFailedError):
        absent.add(ORDER, KEY)
    with pytest.raises(DependencyFailedError):
        absent.page("owner", limit=1)
    with pytest.raises(DependencyFailedError):
        absent.complete(ORDER)


def test_an_empty_key_is_the_last_page(table: OrdersTable) -> None:
    """Source: Amazon DynamoDB API, "Query", `LastEvaluatedKey`."""
    with Stubber(clients.dynamodb()) as stub:
        stub.add_response("query", {"Items": [], "LastEvaluatedKey": {}})
        assert table.page("owner", limit=1) == Page((), None)


def test_throttling_is_a_transient_error(table: OrdersTable) -> None:
    with Stubber(clients.dynamodb()) as stub:
        stub.add_client_error("get_item", "ThrottlingException", http_status_code=400)
        with pytest.raises(DependencyUnavailableError):
            table.get("owner", "id")


def test_an_unreadable_response_is_an_error() -> None:
    for _ in each_unreadable():
        table = OrdersTable(clients.dynamodb(), TABLE)
        with pytest.raises(DependencyUnavailableError):
            table.get("owner", "id")
        with pytest.raises(DependencyUnavailableError):
            table.page("owner", limit=1)
        with pytest.raises(DependencyUnavailableError):
            table.add(ORDER, KEY)
        with pytest.raises(DependencyUnavailableError):
            table.complete(ORDER)
