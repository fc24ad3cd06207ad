from datetime import datetime
from enum import StrEnum

import pytest
from aws_service_kit.runtime.envelope import Correlated, Envelope
from aws_service_kit.runtime.errors import BadRequestError, InternalError, NotFoundError
from aws_service_kit.runtime.task import task
from aws_service_kit.testing.envelopes import CORRELATION_ID, event
from aws_service_kit.testing.unit import Context, Output

pytestmark = pytest.mark.guideline("L4")

SECRET = "529.982.247-25 lives in Rua das Flores"


class Size(StrEnum):
    SMALL = "small"


class Begun(Correlated):
    size: Size
    at: datetime


@task(Envelope)
def begin(message: Envelope) -> Begun:
    return Begun(correlation_id=message.correlation_id, size=Size.SMALL, at=message.time)


@task(Begun)
def next_step(state: Begun) -> Begun:
    return state


def test_a_state_is_passed_between_tasks_as_json(output: Output) -> None:
    state = begin(event(), Context())

    assert state == {
        "correlation_id": CORRELATION_ID,
        "size": "small",
        "at": "2026-11-24T01:02:03Z",
    }
    assert next_step(state, Context()) == state
    assert {line["correlation_id"] for line in output.logs} == {CORRELATION_ID}
    assert output.counted("Success") == 2


def test_errors_keep_their_names_for_retry_and_catch(output: Output) -> None:
    @task(Begun)
    def fail(_state: Begun) -> Begun:
        raise NotFoundError

    with pytest.raises(NotFoundError):
        fail(begin(event(), Context()), Context())
    assert output.counted("CallerFault") == 1


def test_other_errors_are_raised_without_their_messages(output: Output) -> None:
    @task(Begun)
    def fail(_state: Begun) -> Begun:
        raise ValueError(SECRET)

    with pytest.raises(InternalError, match=r"^Internal error$"):
        fail(begin(event(), Context()), Context())
    assert SECRET not in output.text


def test_an_invalid_state_is_rejected(output: Output) -> None:
    with pytest.raises(BadRequestError):
        next_step({"correlation_id": CORRELATION_ID, "size": SECRET}, Context())
    assert SECRET not in output.text
