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
    assert {line["operation"] for line in output.logs} == {"test_batch"}


def test_what_may_be_personal_is_no_correlation_id(output: Output) -> None:
    handler(batch(envelope(correlation_id=SECRET).to_json()), Context())

    [line] = output.logs
    assert line["correlation_id"] not in {"", None, SECRET}
    assert SECRET not in output.text


def test_messages_in_the_format_of_another_team_are_parsed_by_the_consumer(output: Output) -> None:
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


def test_what_there_is_no_time_for_comes_again_untouched(output: Output) -> None:
    context = Context(seconds=10)

    @batch_handler
    def slow(message: Envelope) -> None:
        context.seconds -= 3 if message.data["number"] == 0 else 2

    answer = slow(
        batch(*(envelope(data={"number": number}).to_json() for number in range(6))), context
    )

    # After the third message less is left than the longest, the first one, took.
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == list("345")
    assert context.seconds == 3
    assert output.counted("Success") == 3
    line = output.logs[-1]
    assert (line["level"], line["messages"]) == ("WARNING", 3)
    assert "correlation_id" not in line


def test_a_context_without_a_clock_has_no_end() -> None:
    class Old:
        """As a service's own tests may have it."""

        function_name = "function"
        memory_limit_in_mb = 256
        invoked_function_arn = "arn"
        aws_request_id = "id"

    assert handler(batch(envelope(data={"number": 0}).to_json()), Old()) == {
        "batchItemFailures": []
    }


def test_a_slow_dependency_sends_no_good_message_to_the_dead_letter_queue() -> None:
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
def test_where_batches_fit_no_message_is_given_up_for_others(queue: Queue) -> None:
    queue.run()

    assert queue.cut_off == 0
    assert all(message.attempted == message.received for message in queue.messages)
    assert {message.fails for message in queue.dead} <= {True}
    assert {message.fails for message in queue.done} <= {False}


def test_where_batches_do_not_fit_some_are() -> None:
    """Why a batch has to fit: receipts count, however little of a batch is done."""
    queue = Queue([Message(seconds=20) for _ in range(100)], batch_size=10, timeout=30)

    queue.run()

    assert queue.cut_off == 0
    assert 0 in {message.attempted for message in queue.dead}


def test_what_a_message_adds_to_log_lines_ends_with_it(output: Output) -> None:
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
