# Template-owned: updates rewrite this file (tooling/ownership.toml).
import json

import pytest

from service.runtime.envelope import Envelope
from service.runtime.errors import DependencyUnavailableError
from service.runtime.queue import consumer
from tests.unit.conftest import Context, Output
from tests.unit.runtime.envelopes import CORRELATION_ID, batch, envelope

pytestmark = pytest.mark.guideline("L4")

SECRET = "529.982.247-25 lives in Rua das Flores"
OTHER_CORRELATION_ID = "018f3c5e-7b7a-7cc3-98c4-dc0c0c073990"


@consumer
def handler(message: Envelope) -> None:
    """Fail as the message says."""
    match message.data["number"]:
        case 2:
            raise DependencyUnavailableError("SQS: Throttled")
        case 3:
            raise ValueError(SECRET)


def test_only_the_messages_that_failed_come_again(output: Output) -> None:
    bodies = [envelope(data={"number": number}).to_json() for number in range(5)]

    answer = handler(batch(*bodies), Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]}
    assert output.counted("Success") == 3
    assert output.counted("DependencyFault") == 1
    assert output.counted("ServiceFault") == 1


def test_what_is_no_envelope_fails_and_stops_nobody(output: Output) -> None:
    unknown = json.dumps({**json.loads(envelope().to_json()), "version": 2})

    answer = handler(batch("", "{}", SECRET, unknown, envelope().to_json()), Context())

    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == list("0123")
    assert output.counted("CallerFault") == 4
    assert SECRET not in output.text


def test_every_message_is_logged_under_its_own_correlation_id(output: Output) -> None:
    bodies = [envelope(), envelope(correlation_id=OTHER_CORRELATION_ID), envelope(data={})]

    handler(batch(*(body.to_json() for body in bodies), "{}"), Context())

    assert [line.get("correlation_id") for line in output.logs] == [
        CORRELATION_ID,
        OTHER_CORRELATION_ID,
        CORRELATION_ID,
        None,
    ]
    assert [line["message_id"] for line in output.logs] == list("0123")
    assert {line["operation"] for line in output.logs} == {"test_queue"}


def test_what_may_be_personal_is_no_correlation_id(output: Output) -> None:
    handler(batch(envelope(correlation_id=SECRET).to_json()), Context())

    [line] = output.logs
    assert line["correlation_id"] not in {"", None, SECRET}
    assert SECRET not in output.text
