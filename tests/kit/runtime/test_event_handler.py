import traceback

import pytest
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.errors import (
    BadRequestError,
    DependencyUnavailableError,
    InternalError,
)
from aws_service_kit.runtime.event_handler import event_handler
from aws_service_kit.testing.envelopes import CORRELATION_ID, envelope, event
from aws_service_kit.testing.unit import Context, Output

pytestmark = pytest.mark.guideline("L4")

SECRET = "529.982.247-25 lives in Rua das Flores"


def test_the_handler_receives_the_envelope(output: Output) -> None:
    taken: list[Envelope] = []

    @event_handler
    def handler(message: Envelope) -> None:
        taken.append(message)

    handler(event(), Context())

    assert taken == [envelope()]
    [line] = output.logs
    assert (line["message"], line["correlation_id"]) == ("Event processed", CORRELATION_ID)
    assert output.counted("Success") == 1


def test_a_service_error_is_raised_so_that_lambda_retries(output: Output) -> None:
    def handle(_message: Envelope) -> None:
        raise DependencyUnavailableError("DynamoDB: Throttled")

    with pytest.raises(DependencyUnavailableError):
        event_handler(handle)(event(), Context())
    assert output.counted("DependencyFault") == 1


def test_another_error_is_raised_without_its_message(output: Output) -> None:
    def handle(_message: Envelope) -> None:
        raise ValueError(SECRET) from KeyError(SECRET)

    with pytest.raises(InternalError) as raised:
        event_handler(handle)(event(), Context())

    # Lambda's runtime logs an uncaught exception in this format.
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    assert output.counted("ServiceFault") == 1
    assert SECRET not in output.text


def test_an_invalid_envelope_is_rejected(output: Output) -> None:
    with pytest.raises(BadRequestError):
        event_handler(lambda _message: None)({"detail": SECRET}, Context())
    assert output.counted("CallerFault") == 1
    assert SECRET not in output.text
