import json
from datetime import UTC, datetime

import pytest
from aws_service_kit.runtime.envelope import Envelope, data_of, parse
from aws_service_kit.runtime.errors import BadRequestError
from aws_service_kit.testing.payloads import PAYLOADS
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

pytestmark = pytest.mark.guideline("L2")


def envelope(**changes: object) -> Envelope:
    values: dict[str, object] = {
        "id": "id",
        "type": "Thing Happened",
        "source": "service",
        "time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "correlation_id": "correlation",
        "data": {},
    }
    return Envelope.model_validate(values | changes)


@given(st.text(), PAYLOADS)
def test_a_parsed_envelope_is_the_sent_one(identifier: str, data: dict[str, object]) -> None:
    sent = envelope(id=identifier, data=data)

    assert parse(sent.to_json()) == sent


def test_an_envelope_contains_its_version() -> None:
    assert json.loads(envelope().to_json())["version"] == 1


@pytest.mark.parametrize("change", [{"version": 2}, {"id": 1}, {"time": "2026-01-02T03:04:05"}])
def test_invalid_envelopes_are_rejected(change: dict[str, object]) -> None:
    text = json.dumps(json.loads(envelope().to_json()) | change)

    with pytest.raises(BadRequestError) as caught:
        parse(text)
    assert caught.value.invalid


@given(st.text())
def test_other_text_is_rejected(text: str) -> None:
    with pytest.raises(BadRequestError):
        parse(text)


class Paid(BaseModel):
    order_id: str


def test_data_are_validated_by_a_model() -> None:
    message = envelope(type="Order Paid", data={"order_id": "1", "more": True})

    assert data_of(message, Paid, event_type="Order Paid") == Paid(order_id="1")


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        (envelope(type="Order Lost", data={"order_id": "1"}), "isn't of the type 'Order Paid'"),
        (envelope(type="Order Paid", data={"order_id": 1}), "aren't valid"),
    ],
)
def test_data_that_do_not_match_the_model_are_rejected(message: Envelope, detail: str) -> None:
    with pytest.raises(BadRequestError, match=detail):
        data_of(message, Paid, event_type="Order Paid")
