"""The queue edge: SQS batches in, the messages that failed out (guideline 4.3).

Powertools' batch utility does the same, and importing it takes half as long as all else that a
consumer imports: it brings the models of Kinesis, DynamoDB Streams and Kafka.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aws_service_kit.runtime.deadline import Pace
from aws_service_kit.runtime.envelope import Envelope, parse
from aws_service_kit.runtime.invocation import (
    Event,
    Handler,
    Outcome,
    follow,
    invocation,
    operation_of,
)
from aws_service_kit.runtime.logging import logger, own_keys

BatchResponse = dict[str, list[dict[str, str]]]


def consumer(handle: Callable[[Envelope], None]) -> Handler[BatchResponse]:
    """Make a Lambda handler of a function that takes one message.

    A message whose function raises comes again alone, and after as many times as the queue allows
    ends in the dead letters; the others of its batch are done. So a message may come more than
    once: the envelope's id tells.

    When the time that is left is shorter than the longest message so far took, the rest of the
    batch is returned untouched. Otherwise Lambda would cut the invocation off, and the messages
    that are done would come again, too. SQS counts a returned message as received, though, so a
    batch has to fit into the time-out (`add_consumer` of constructs/queue.py).

    Source: AWS Lambda, "Handling errors for an SQS event source" (`ReportBatchItemFailures`).
    """

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
                if not _succeeds(handle, record):
                    failed.append(record)
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}

    return invocation(handle, respond)


@own_keys()
def _succeeds(handle: Callable[[Envelope], None], record: Mapping[str, Any]) -> bool:
    outcome = Outcome("Message", "processed", operation_of(handle))
    facts: dict[str, object] = {"message_id": record["messageId"]}
    try:
        handle(follow(parse(record["body"])))
    except Exception as error:  # the edge: one message never stops the others
        outcome.failed(error, facts)
        return False
    outcome.succeeded(facts)
    return True
