import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from aws_service_kit.runtime.deadline import MARGIN_SECONDS
from aws_service_kit.runtime.errors import DependencyUnavailableError
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.stream_handler import Change, ChangeKind, stream_handler
from aws_service_kit.testing.envelopes import CORRELATION_ID, stream, stream_record
from aws_service_kit.testing.unit import Context, Output
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Base64Bytes, BaseModel

pytestmark = pytest.mark.guideline("L4")

SECRET = "529.982.247-25 lives in Rua das Flores"


class Item(BaseModel):
    """An item of the tests' table."""

    number: int


handled: list[Change[Item]] = []


@stream_handler(Item)
def handler(change: Change[Item]) -> None:
    """Fail for some numbers."""
    item = change.new or change.old
    assert item is not None
    if item.number == 2:
        raise DependencyUnavailableError("SQS: Throttled")
    if item.number == 3:
        raise ValueError(SECRET)
    logger.append_keys(number=item.number)
    handled.append(change)


@pytest.fixture(autouse=True)
def no_handled_changes() -> None:
    handled.clear()


def records(*numbers: int) -> list[dict[str, object]]:
    return [stream_record(new={"number": each}, number=index) for index, each in enumerate(numbers)]


def failures(response: dict[str, list[dict[str, str]]]) -> list[str]:
    return [each["itemIdentifier"][-1] for each in response["batchItemFailures"]]


def test_the_first_failure_ends_the_batch(output: Output) -> None:
    response = handler(stream(*records(0, 1, 2, 3, 4)), Context())

    # Lambda continues at the lowest number, so later changes can't overtake a failed one.
    assert failures(response) == ["2"]
    assert [change.new for change in handled] == [Item(number=0), Item(number=1)]
    assert output.counted("Success") == 2
    assert output.counted("DependencyFault") == 1
    assert output.counted("ServiceFault") == 0


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_each_change_is_handled_in_order_or_sent_to_the_failure_destination(
    numbers: list[int],
) -> None:
    handled.clear()
    waiting, given_up = records(*numbers), []
    while waiting:
        response = handler(stream(*waiting), Context())
        if not response["batchItemFailures"]:
            break
        [failure] = response["batchItemFailures"]
        position = next(
            index
            for index, record in enumerate(waiting)
            if record["dynamodb"]["SequenceNumber"] == failure["itemIdentifier"]  # type: ignore[index]
        )
        given_up.append(waiting[position])
        waiting = waiting[position + 1 :]
    assert [change.new.number for change in handled if change.new] == [
        number for number in numbers if number not in {2, 3}
    ]
    assert len(given_up) == sum(number in {2, 3} for number in numbers)


def test_a_change_has_its_type_and_both_images() -> None:
    old, new = {"number": 5}, {"number": 6, "correlation_id": CORRELATION_ID}
    handler(
        stream(
            stream_record(new=old, number=1),
            stream_record(old=old, new=new, number=2),
            stream_record(old=new, number=3),
        ),
        Context(),
    )
    inserted, modified, removed = handled
    assert (inserted.kind, inserted.old, inserted.new) == (ChangeKind.INSERT, None, Item(number=5))
    assert (modified.kind, modified.old, modified.new) == ("MODIFY", Item(number=5), Item(number=6))
    assert (removed.kind, removed.old, removed.new) == ("REMOVE", Item(number=6), None)
    assert modified.time == datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
    assert [each.sequence_number[-1] for each in handled] == ["1", "2", "3"]
    assert len({each.id for each in handled}) == 3
    assert not any(each.expired for each in handled)


def test_a_deletion_by_time_to_live_is_recognised() -> None:
    by_dynamodb = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    by_someone = {"type": "Service", "principalId": "AIDAEXAMPLE"}
    handler(
        stream(
            stream_record(old={"number": 1}, userIdentity=by_dynamodb),
            stream_record(old={"number": 1}, userIdentity=by_someone),
            stream_record(old={"number": 1}, userIdentity=None),
        ),
        Context(),
    )
    assert [change.expired for change in handled] == [True, False, False]


def test_each_change_is_logged_with_its_correlation_id_and_keys(output: Output) -> None:
    handler(
        stream(
            stream_record(new={"number": 7, "correlation_id": CORRELATION_ID}, number=1),
            # A value that may be personal data isn't used as correlation id.
            stream_record(new={"number": 3, "correlation_id": SECRET}, number=2),
        ),
        Context(),
    )
    first, second = output.logs
    assert first["correlation_id"] == CORRELATION_ID
    assert first["number"] == 7
    assert second["correlation_id"] == second["change_id"] == f"{2:032x}"
    assert "number" not in second
    assert {line["operation"] for line in output.logs} == {"test_stream_handler"}
    assert SECRET not in output.text


def test_an_unreadable_item_is_retried(output: Output) -> None:
    response = handler(
        stream(stream_record(new={"number": SECRET}, number=1), *records(1)), Context()
    )
    assert failures(response) == ["1"]
    assert output.counted("UnreadableRecord") == 1
    assert output.counted("DependencyFault") == 1
    assert SECRET not in output.text


def test_changes_without_enough_time_left_are_returned_unprocessed(output: Output) -> None:
    context = Context(seconds=10)

    @stream_handler(Item)
    def slow(change: Change[Item]) -> None:
        del change
        context.seconds -= 4

    response = slow(stream(*records(0, 1, 4)), context)

    assert context.seconds == 2 > MARGIN_SECONDS
    assert failures(response) == ["2"]
    [returned] = [line for line in output.logs if "untouched" in line["message"]]
    assert returned["changes"] == 1


def test_every_attribute_type_is_read() -> None:
    class Everything(BaseModel):
        text: str
        whole: int
        part: Decimal
        long: Decimal
        yes: bool
        none: None
        raw: Base64Bytes
        texts: set[str]
        numbers: set[int]
        many: list[dict[str, int]]

    found: list[Everything | None] = []

    @stream_handler(Everything)
    def everything(change: Change[Everything]) -> None:
        found.append(change.new)

    item = {
        "text": "",
        "whole": 10,
        "part": Decimal("0.1"),
        "long": Decimal("12345678901234567890123456789012345678"),
        "yes": True,
        "none": None,
        "raw": b"\x00\xff",
        "texts": {"a", "b"},
        "numbers": {1, 2},
        "many": [{"one": 1}],
    }
    event = stream(stream_record(new=item))
    json.dumps(event)  # as Lambda sends it
    assert everything(event, Context()) == {"batchItemFailures": []}
    assert found[0] is not None
    assert dict(found[0]) == item
