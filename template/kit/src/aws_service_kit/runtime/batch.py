"""Entry point of a queue's consumer: takes SQS batches, returns failed messages (guideline 4.3).

Powertools' batch utility does the same, but adds half to a consumer's import time, because of its
models of Kinesis, DynamoDB Streams and Kafka.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, overload

from aws_service_kit.runtime import envelope
from aws_service_kit.runtime.deadline import Pace
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.invocation import (
    Event,
    Handler,
    Message,
    Outcome,
    bind_correlation_id,
    invocation,
    operation_of,
)
from aws_service_kit.runtime.log_context import LogContext
from aws_service_kit.runtime.logging import logger, temporary_keys

BatchResponse = dict[str, list[dict[str, str]]]
Handle = Callable[[Envelope], None]
# It returns the envelope of a message's body.
Parse = Callable[[str], Envelope]


@overload
def batch_handler(handle: Handle) -> Handler[BatchResponse]: ...


@overload
def batch_handler(*, parse: Parse) -> Callable[[Handle], Handler[BatchResponse]]: ...


def batch_handler(
    handle: Handle | None = None, *, parse: Parse = envelope.parse
) -> Handler[BatchResponse] | Callable[[Handle], Handler[BatchResponse]]:
    """Make a Lambda handler of a function that takes one message.

    If the function raises, SQS delivers this message again. After the queue's maximum receive
    count, SQS moves it to the dead-letter queue. The other messages of the batch aren't affected. A
    message may arrive more than once, with the same envelope id.

    If the remaining time is shorter than the longest message so far, the rest of the batch is
    returned unprocessed. Otherwise the invocation would time out, and SQS would also deliver the
    processed messages again. SQS counts a returned message as received, so a batch must fit into
    the time-out (`add_consumer` of constructs/queue.py).

    Keys that the function adds by `logger.append_keys` are in the log lines of this message only.

    Example:
        ```python
        @batch_handler
        def handler(message: Envelope) -> None:
            ship(order_id=message.data["order_id"])
        ```

    Args:
        handle: The function.
        parse: Returns the envelope of a body in the format of another team. It raises
            `BadRequestError` for any other body, and gives equal ids to a message sent twice.

    Source: AWS Lambda, "Handling errors for an SQS event source" (`ReportBatchItemFailures`).
    """
    if handle is None:
        return lambda function: handler_of(function, parse)
    return handler_of(handle, parse)


def handler_of(
    handle: Callable[[Message], None], parse_message: Callable[[str], Message]
) -> Handler[BatchResponse]:
    """Make a Lambda handler of a function that takes one message in another format.

    Args:
        handle: The function.
        parse_message: Parses a message's body.
    """
    log_context = LogContext(handle)
    handle_body = partial(_handle, handle, parse_message, log_context)

    def respond(event: Event) -> BatchResponse:
        records = event["Records"]
        pace = Pace()
        failed = []
        for number, record in enumerate(records):
            if number and not pace.allows_another():
                failed += records[number:]
                logger.warning(
                    "Messages returned untouched", extra={"messages": len(records) - number}
                )
                break
            with pace.measured():
                if not _succeeds(handle, handle_body, record):
                    failed.append(record)
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}

    return invocation(handle, respond)


def _handle(
    handle: Callable[[Message], None],
    parse_message: Callable[[str], Message],
    log_context: LogContext,
    body: str,
) -> None:
    handle(log_context.bind(bind_correlation_id(parse_message(body))))


@temporary_keys()
def _succeeds(
    handle: Callable[..., object], handle_body: Callable[[str], None], record: Mapping[str, Any]
) -> bool:
    outcome = Outcome("Message", "processed", operation_of(handle))
    facts: dict[str, object] = {"message_id": record["messageId"]}
    try:
        handle_body(record["body"])
    except Exception as error:  # one message never stops the others
        outcome.failed(error, facts)
        return False
    outcome.succeeded(facts)
    return True
