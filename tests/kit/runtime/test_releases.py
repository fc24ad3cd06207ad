"""Functions of two releases read each other's messages and states.

A strict model takes the part of an earlier release, and additional keys that of a later one.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_service_kit.runtime.batch import batch_handler
from aws_service_kit.runtime.envelope import Correlated, Envelope, parse
from aws_service_kit.runtime.errors import BadRequestError
from aws_service_kit.runtime.event_handler import event_handler
from aws_service_kit.runtime.task import task
from aws_service_kit.testing import release_1_5_0
from aws_service_kit.testing.envelopes import CORRELATION_ID, batch, envelope, event
from aws_service_kit.testing.payloads import PAYLOADS
from aws_service_kit.testing.unit import Context
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.guideline("L4")

TIMES = st.integers(0, 250_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
ENVELOPES = {
    "id": st.text(),
    "type": st.text(),
    "source": st.text(),
    "time": TIMES,
    "correlation_id": st.just(CORRELATION_ID),
    "data": PAYLOADS,
}


class Begun(Correlated):
    """A state of a state machine."""

    size: str


@task(Begun)
def next_step(state: Begun) -> Begun:
    return state


def with_keys(message: dict[str, Any], more: dict[str, object]) -> dict[str, Any]:
    """Add new keys to a message, as a later release may."""
    return {**{f"new_{key}": value for key, value in more.items()}, **message}


@given(st.builds(Envelope, **ENVELOPES))
def test_an_earlier_release_reads_messages_of_this_one(message: Envelope) -> None:
    read = release_1_5_0.Envelope.model_validate_json(message.to_json())

    assert read.model_dump() == message.model_dump()


def test_a_state_has_no_version_since_earlier_releases_reject_it() -> None:
    state = next_step({"correlation_id": CORRELATION_ID, "size": "small"}, Context())

    assert state == {"correlation_id": CORRELATION_ID, "size": "small"}


@given(st.builds(release_1_5_0.Envelope, **ENVELOPES))
def test_this_release_reads_messages_of_an_earlier_one(message: release_1_5_0.Envelope) -> None:
    assert parse(message.model_dump_json()).model_dump() == message.model_dump()


@given(st.builds(Envelope, **ENVELOPES), PAYLOADS)
def test_this_release_ignores_additional_keys_of_a_later_one(
    message: Envelope, more: dict[str, object]
) -> None:
    later = with_keys(json.loads(message.to_json()), more)
    taken: list[Envelope] = []

    def take(message: Envelope) -> None:
        taken.append(message)

    assert parse(json.dumps(later)) == message
    event_handler(take)(later, Context())
    assert batch_handler(take)(batch(json.dumps(later)), Context()) == {"batchItemFailures": []}
    assert taken == [message, message]


@given(PAYLOADS)
def test_a_task_ignores_additional_keys_of_a_later_release(more: dict[str, object]) -> None:
    state = {"correlation_id": CORRELATION_ID, "size": "small"}

    assert next_step(with_keys(state, more), Context()) == state
    assert next_step({**state, "version": 1}, Context()) == state


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version_is_rejected(version: object) -> None:
    with pytest.raises(BadRequestError):
        parse(json.dumps({**json.loads(envelope().to_json()), "version": version}))
    with pytest.raises(BadRequestError):
        event_handler(lambda _message: None)({**event(), "version": version}, Context())
    with pytest.raises(BadRequestError):
        next_step(
            {"correlation_id": CORRELATION_ID, "size": "small", "version": version}, Context()
        )


def test_a_message_without_a_version_has_version_1() -> None:
    message = json.loads(envelope().to_json())
    del message["version"]

    assert parse(json.dumps(message)) == envelope()
