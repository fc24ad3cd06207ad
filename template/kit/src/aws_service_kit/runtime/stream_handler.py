"""Entry point of a stream's consumer: takes changes of a table, returns the first failure.

Powertools' batch utility does the same for DynamoDB Streams, but adds half to a consumer's import
time, and it handles later changes after one has failed.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any, Generic, TypeVar

from aws_lambda_powertools.shared.dynamodb_deserializer import TypeDeserializer
from pydantic import BaseModel

from aws_service_kit.runtime import correlation
from aws_service_kit.runtime.batch import BatchResponse
from aws_service_kit.runtime.deadline import Pace
from aws_service_kit.runtime.envelope import Correlated
from aws_service_kit.runtime.invocation import (
    Event,
    Handler,
    Outcome,
    bind_correlation_id,
    invocation,
    operation_of,
)
from aws_service_kit.runtime.log_context import LogContext
from aws_service_kit.runtime.logging import logger, temporary_keys
from aws_service_kit.runtime.records import read

_Item = TypeVar("_Item", bound=BaseModel)

# The attribute of an item with the id of the request that wrote it.
CORRELATION_ATTRIBUTE = "correlation_id"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
_TIME_TO_LIVE = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


class ChangeKind(StrEnum):
    """The event name of a change."""

    INSERT = "INSERT"
    MODIFY = "MODIFY"
    REMOVE = "REMOVE"


class Change(Correlated, Generic[_Item]):
    """A change of an item.

    Attributes:
        correlation_id: The item's attribute `correlation_id`, otherwise the change's id.
        id: Equal in every delivery, so that consumers can recognise a duplicate.
        kind: What happened to the item.
        sequence_number: Position in the stream, ascending for the changes of one item.
        time: When it happened, to the second.
        old: The item before; None after an insert.
        new: The item after; None after a removal.
        expired: DynamoDB removed the item because of its time to live.
    """

    id: str
    kind: ChangeKind
    sequence_number: str
    time: datetime
    old: _Item | None
    new: _Item | None
    expired: bool


def stream_handler(
    item: type[_Item],
) -> Callable[[Callable[[Change[_Item]], None]], Handler[BatchResponse]]:
    """Make a Lambda handler of a function that takes one change of a table.

    The changes of a batch are handled in order. If the function raises, the rest of the batch isn't
    handled: Lambda delivers this change and the later ones again. After the consumer's retries,
    Lambda sends the change to the dead-letter queue. A change may arrive more than once, with the
    same id. If the remaining time is shorter than the longest change so far, Lambda also delivers
    the rest again.

    Keys that the function adds by `logger.append_keys` are in the log lines of this change only.

    Example:
        ```python
        class StoredOrder(BaseModel):
            model_config = ConfigDict(frozen=True, extra="ignore")

            order_id: str


        @stream_handler(StoredOrder)
        def handler(change: Change[StoredOrder]) -> None:
            if change.kind is ChangeKind.INSERT and change.new is not None:
                ship(order_id=change.new.order_id)
        ```

    Args:
        item: The model of the table's items. The consumer's filters leave out items of other types.
            Numbers are `Decimal` before validation, binary attributes are base64 text.

    Source: AWS Lambda, "Configuring partial batch response with DynamoDB and Lambda".
    """

    def decorate(handle: Callable[[Change[_Item]], None]) -> Handler[BatchResponse]:
        log_context = LogContext(handle)
        parse = partial(_parse, item)

        def respond(event: Event) -> BatchResponse:
            entries = event["Records"]
            pace = Pace()
            for number, entry in enumerate(entries):
                if number and not pace.allows_another():
                    logger.warning(
                        "Changes returned untouched", extra={"changes": len(entries) - number}
                    )
                    return _failed(entry)
                with pace.measured():
                    if not _succeeds(handle, parse, entry, log_context):
                        return _failed(entry)
            return {"batchItemFailures": []}

        return invocation(handle, respond)

    return decorate


def _failed(entry: Mapping[str, Any]) -> BatchResponse:
    # Lambda retries from the lowest sequence number, so later entries aren't listed.
    return {"batchItemFailures": [{"itemIdentifier": entry["dynamodb"]["SequenceNumber"]}]}


@temporary_keys()
def _succeeds(
    handle: Callable[[Change[_Item]], None],
    parse: Callable[[Mapping[str, Any]], Change[_Item]],
    entry: Mapping[str, Any],
    log_context: LogContext,
) -> bool:
    outcome = Outcome("Change", "processed", operation_of(handle))
    facts: dict[str, object] = {
        "change_id": entry["eventID"],
        "sequence_number": entry["dynamodb"]["SequenceNumber"],
    }
    # Also for an entry that can't be parsed.
    logger.set_correlation_id(entry["eventID"])
    try:
        handle(log_context.bind(bind_correlation_id(parse(entry))))
    except Exception as error:  # the response names the entry
        outcome.failed(error, facts)
        return False
    outcome.succeeded(facts)
    return True


def _parse(item: type[_Item], entry: Mapping[str, Any]) -> Change[_Item]:
    """Return an entry as a change.

    Raises:
        DependencyUnavailableError: This release can't read the item. During a deployment, a retry
            may reach the later release.
    """
    change = entry["dynamodb"]
    old, new = (_plain(change.get(name)) for name in ("OldImage", "NewImage"))
    written = str((new or old or {}).get(CORRELATION_ATTRIBUTE))
    return Change(
        correlation_id=written if correlation.is_safe(written) else entry["eventID"],
        id=entry["eventID"],
        kind=ChangeKind(entry["eventName"]),
        sequence_number=change["SequenceNumber"],
        time=datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC),
        old=_item(item, old, entry),
        new=_item(item, new, entry),
        expired=(entry.get("userIdentity") or {}).items() >= _TIME_TO_LIVE.items(),
    )


def _item(
    item: type[_Item], image: Mapping[str, Any] | None, entry: Mapping[str, Any]
) -> _Item | None:
    if image is None:
        return None
    return read(image, item.model_validate, record_id=lambda _: str(entry["eventID"]))


def _plain(image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if image is None:
        return None
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in image.items()}
