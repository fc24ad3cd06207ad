"""Values that can be parsed but not processed or stored are rejected when a message is read."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_service_kit.runtime import ids
from aws_service_kit.runtime.batch import batch_handler
from aws_service_kit.runtime.envelope import Correlated, Envelope, parse
from aws_service_kit.runtime.errors import BadRequestError
from aws_service_kit.runtime.event_handler import event_handler
from aws_service_kit.runtime.task import task
from aws_service_kit.testing.envelopes import CORRELATION_ID, batch, envelope, event
from aws_service_kit.testing.unit import Context, Output
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.guideline("L2")

TOO_DEEP = 100_000


def compute(message: Envelope) -> None:
    """Compute with a message's time as handlers, adapters and the SDK do."""
    day = message.time.astimezone(UTC).date()
    assert day - timedelta(weeks=2) < day < day + timedelta(days=1)
    assert message.time.timestamp() >= 0
    assert ids.is_id(ids.new_id(message.time))


@event_handler
def subscribe(message: Envelope) -> None:
    compute(message)


@task(Envelope)
def begin(message: Envelope) -> Correlated:
    compute(message)
    return Correlated(correlation_id=message.correlation_id)


@batch_handler
def consume(message: Envelope) -> None:
    compute(message)


class Measured(Correlated):
    share: float


@task(Measured)
def measure(state: Measured) -> Measured:
    return state


def with_time(time: str) -> dict[str, Any]:
    return {**event(), "time": time}


ODD_TIMES = [
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    # https://github.com/pydantic/pydantic-core/issues/1223
    "1500-01-01T00:00:00Z",
    # https://github.com/pydantic/pydantic/issues/8867
    "2026-11-24",
    "2026-11-24T01:02:03",
    "2016-12-31T23:59:60Z",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59Z",
]


@pytest.mark.parametrize("time", ODD_TIMES)
@pytest.mark.parametrize("handler", [subscribe, begin])
def test_an_out_of_range_time_is_a_caller_fault(
    handler: Callable[[dict[str, Any], Context], object], time: str, output: Output
) -> None:
    with pytest.raises(BadRequestError) as caught:
        handler(with_time(time), Context())

    assert [invalid.pointer for invalid in caught.value.invalid] == ["/time"]
    assert (output.counted("CallerFault"), output.counted("ServiceFault")) == (1, 0)


def test_only_the_message_with_an_out_of_range_time_fails(output: Output) -> None:
    times = [*ODD_TIMES, "2026-11-24T01:02:03Z"]

    response = consume(batch(*(json.dumps(with_time(time)) for time in times)), Context())

    failed = [item["itemIdentifier"] for item in response["batchItemFailures"]]
    assert failed == [str(number) for number, _ in enumerate(ODD_TIMES)]
    assert (output.counted("CallerFault"), output.counted("ServiceFault")) == (len(failed), 0)


@pytest.mark.parametrize("time", ["1970-01-01T00:00:00Z", "9998-12-31T23:59:59.999999Z"])
def test_the_earliest_and_the_latest_time_are_accepted(time: str) -> None:
    subscribe(with_time(time), Context())


@given(
    st.datetimes(),
    st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59)),
)
def test_any_time_is_accepted_or_rejected(time: datetime, offset: timedelta) -> None:
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    try:
        message = parse(json.dumps(with_time(f"{time.isoformat()}{zone}")))
    except BadRequestError:
        return
    compute(message)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
@pytest.mark.parametrize("data", ['{{"x": {}}}', '{{"x": [{{"y": {}}}]}}'])
def test_non_finite_numbers_are_rejected(number: str, data: str) -> None:
    text = envelope(data={"x": 1}).to_json().replace('{"x":1}', data.format(number))

    with pytest.raises(BadRequestError):
        parse(text)
    with pytest.raises(BadRequestError):
        subscribe(json.loads(text), Context())


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_non_finite_numbers_in_a_state_are_rejected(number: float) -> None:
    with pytest.raises(BadRequestError):
        measure({"correlation_id": CORRELATION_ID, "share": number}, Context())


@pytest.mark.parametrize(
    "value",
    [
        '"\\ud800"',
        '{"\\udfff": 1}',
        '"\ud800"',
        "9" * 5_000,
        "[" * 1_000 + "]" * 1_000,
    ],
    ids=["lone surrogate", "in a key", "not escaped", "5,000 digits", "1,000 lists"],
)
def test_values_that_cannot_be_serialized_are_rejected(value: str) -> None:
    text = envelope(data={"x": 1}).to_json().replace('{"x":1}', f'{{"x":{value}}}')

    with pytest.raises(BadRequestError):
        parse(text)


@pytest.mark.parametrize("handler", [subscribe, begin])
def test_a_too_deeply_nested_event_is_rejected(
    handler: Callable[[dict[str, Any], Context], object], output: Output
) -> None:
    nested: list[Any] = []
    for _ in range(TOO_DEEP):
        nested = [nested]

    with pytest.raises(BadRequestError):
        handler({**event(), "data": {"x": nested}}, Context())
    assert output.counted("ServiceFault") == 0


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.integers(min_value=2**63)
        | st.floats()
        | st.text(st.characters()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
        max_leaves=10,
    )
)
def test_any_data_is_rejected_or_passed_on_unchanged(value: object) -> None:
    text = json.dumps({**event(), "data": {"x": value}})
    try:
        message = parse(text)
    except BadRequestError:
        return
    assert parse(message.to_json()) == message
    assert json.loads(message.to_json()) == json.loads(text)
