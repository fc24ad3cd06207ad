import json

import pytest
from aws_service_kit.runtime.batch import batch_handler
from aws_service_kit.runtime.deadline import MARGIN_SECONDS
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.errors import BadRequestError, DependencyUnavailableError
from aws_service_kit.runtime.logging import logger
from aws_service_kit.testing.envelopes import CORRELATION_ID, batch, envelope
from aws_service_kit.testing.unit import Context, Output
from hypothesis import given
from hypothesis import strategies as st

from kit.runtime.sqs import Message, Queue

pytestmark = pytest.mark.guideline("L4")

SECRET = "529.982.247-25 lives in Rua das Flores"
OTHER_CORRELATION_ID = "018f3c5e-7b7a-7cc3-98c4-dc0c0c073990"


@batch_handler
def handler(message: Envelope) -> None:
    """Fail as the message says."""
    match message.data["number"]:
        case 2:
            raise DependencyUnavailableError("SQS: Throttled")
        case 3:
            raise ValueError(SECRET)


def test_only_failed_messages_are_reported_as_failures(output: Output) -> None:
    bodies = [envelope(data={"number": number}).to_json() for number in range(5)]

    response = handler(batch(*bodies), Context())

    assert response == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]}
    assert output.counted("Success") == 3
    assert output.counted("DependencyFault") == 1
    assert output.counted("ServiceFault") == 1


def test_an_invalid_envelope_fails_without_affecting_other_messages(output: Output) -> None:
    unknown = json.dumps({**json.loads(envelope().to_json()), "version": 2})

    response = handler(batch("", "{}", SECRET, unknown, envelope().to_json()), Context())

    assert [item["itemIdentifier"] for item in response["batchItemFailures"]] == list("0123")
    assert output.counted("CallerFault") == 4
    assert SECRET not in output.text


def test_each_message_is_logged_with_its_correlation_id(output: Output) -> None:
    bodies = [envelope(), envelope(correlation_id=OTHER_CORRELATION_ID), envelope(data={})]

    handler(batch(*(body.to_json() for body in bodies), "{}"), Context())

    assert [line.get("correlation_id") for line in output.logs] == [
        CORRELATION_ID,
        OTHER_CORRELATION_ID,
        CORRELATION_ID,
        None,
    ]
    assert [line["message_id"] for line in output.logs] == list("0123")
    assert {line["operation"] for line in output.logs} == {"test_batch"}


def test_a_correlation_id_that_may_be_personal_data_is_replaced(output: Output) -> None:
    handler(batch(envelope(correlation_id=SECRET).to_json()), Context())

    [line] = output.logs
    assert line["correlation_id"] not in {"", None, SECRET}
    assert SECRET not in output.text


def test_a_consumer_may_parse_another_message_format(output: Output) -> None:
    def parse_partner(body: str) -> Envelope:
        number, _, correlation_id = body.partition(";")
        if not number.isdigit():
            raise BadRequestError("The message isn't one of the partner.")
        return envelope(correlation_id=correlation_id, data={"number": int(number)})

    numbers = []

    @batch_handler(parse=parse_partner)
    def consume(message: Envelope) -> None:
        numbers.append(message.data["number"])

    response = consume(batch(f"7;{OTHER_CORRELATION_ID}", "{}"), Context())

    assert numbers == [7]
    assert [item["itemIdentifier"] for item in response["batchItemFailures"]] == ["1"]
    assert output.logs[0]["correlation_id"] == OTHER_CORRELATION_ID
    assert {line["operation"] for line in output.logs} == {"test_batch"}


def test_messages_without_enough_time_left_are_returned_unprocessed(output: Output) -> None:
    context = Context(seconds=10)

    @batch_handler
    def slow(message: Envelope) -> None:
        context.seconds -= 3 if message.data["number"] == 0 else 2

    response = slow(
        batch(*(envelope(data={"number": number}).to_json() for number in range(6))), context
    )

    # After the third message, less time is left than the slowest message, the first, took.
    assert [item["itemIdentifier"] for item in response["batchItemFailures"]] == list("345")
    assert context.seconds == 3
    assert output.counted("Success") == 3
    line = output.logs[-1]
    assert (line["level"], line["messages"]) == ("WARNING", 3)
    assert "correlation_id" not in line


def test_a_context_without_remaining_time_has_no_deadline() -> None:
    class Old:
        """A minimal context, as a service's tests may use it."""

        function_name = "function"
        memory_limit_in_mb = 256
        invoked_function_arn = "arn"
        aws_request_id = "id"

    assert handler(batch(envelope(data={"number": 0}).to_json()), Old()) == {
        "batchItemFailures": []
    }


def test_a_slow_dependency_moves_no_valid_message_to_the_dead_letter_queue() -> None:
    queue = Queue([Message(seconds=6) for _ in range(10)], batch_size=10, timeout=30)

    queue.run()

    assert queue.cut_off == 0
    assert queue.dead == []
    assert [message.attempted for message in queue.done] == [1] * 10


@st.composite
def queues(draw: st.DrawFn) -> Queue:
    """Draw queues whose batches fit into the consumer's time-out, as `add_consumer` has it."""
    timeout = draw(st.floats(3, 900))
    batch_size = draw(st.integers(1, 10))
    longest = timeout if batch_size == 1 else (timeout - MARGIN_SECONDS) / batch_size - 0.01
    message = st.builds(Message, seconds=st.floats(0, longest), fails=st.booleans())
    messages = draw(st.lists(message, max_size=30))
    return Queue(messages, batch_size, timeout, order=draw(st.randoms()))


@given(queues())
def test_with_fitting_batches_only_failing_messages_reach_the_dead_letter_queue(
    queue: Queue,
) -> None:
    queue.run()

    assert queue.cut_off == 0
    assert all(message.attempted == message.received for message in queue.messages)
    assert {message.fails for message in queue.dead} <= {True}
    assert {message.fails for message in queue.done} <= {False}


def test_with_too_large_batches_unattempted_messages_reach_the_dead_letter_queue() -> None:
    """Each receive counts towards the maximum, even if the function never reached the message."""
    queue = Queue([Message(seconds=20) for _ in range(100)], batch_size=10, timeout=30)

    queue.run()

    assert queue.cut_off == 0
    assert 0 in {message.attempted for message in queue.dead}


def test_log_keys_of_a_message_end_with_it(output: Output) -> None:
    @batch_handler
    def remember(message: Envelope) -> None:
        if message.data["number"] == 0:
            logger.append_keys(customer="first", location="%(funcName)s")
            logger.thread_safe_append_keys(order="first")
        logger.info("Something happened")

    remember(batch(*(envelope(data={"number": number}).to_json() for number in (0, 1))), Context())

    before, first, *after = output.logs
    assert (before["customer"], before["order"]) == ("first", "first")
    assert (first["customer"], first["message_id"]) == ("first", "0")
    assert [line["message_id"] for line in after if "message_id" in line] == ["1"]
    assert not any({"customer", "order"} & line.keys() for line in after)
    assert {line["function_name"] for line in after} == {"function"}
