"""Invoke functions again with the events whose processing failed.

Lambda sends a failed asynchronous invocation to the function's on-failure destination, with its
event. For a batch of a table's stream, the message has only the position of the changes. They are
read from the stream again, which keeps them for a day.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from aws_service_kit.operations.deployed import Deployed

SOURCE = "aws:dynamodb"
# A shard's pages can be empty; more than these in a row follow its last change.
MOST_EMPTY_PAGES = 20
FUNCTION_ARN = re.compile(r"arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+(:[^:]+)?")
GONE = {"ResourceNotFoundException", "TrimmedDataAccessException"}


class RedriveError(Exception):
    """None, or only some, of the messages were moved."""


@dataclass(frozen=True)
class Batch:
    """The position of changes in a table's stream.

    Attributes:
        stream: The stream's ARN.
        shard: The shard's id.
        first: Sequence number of the first change.
        last: Sequence number of the last change.
        size: The number of changes.
    """

    stream: str
    shard: str
    first: str
    last: str
    size: int


@dataclass(frozen=True)
class FailedInvocation:
    """A failed invocation, as Lambda describes it.

    Attributes:
        function: The function's ARN, with its alias.
        event: The event; None for changes of a stream.
        batch: The position of the changes; None for an asynchronous invocation.
    """

    function: str
    event: object = None
    batch: Batch | None = None

    @property
    def function_name(self) -> str:
        """The function's name, without its alias."""
        return self.function.split(":")[6]


def read(body: str) -> FailedInvocation | None:
    """Return the failed invocation in a message; None if it contains something else."""
    try:
        content = json.loads(body)
        function = str(content["requestContext"]["functionArn"])
        if not FUNCTION_ARN.fullmatch(function):
            return None
        if "requestPayload" in content:
            return FailedInvocation(function, event=content["requestPayload"])
        position = content["DDBStreamBatchInfo"]
        batch = Batch(
            position["streamArn"],
            position["shardId"],
            position["startSequenceNumber"],
            position["endSequenceNumber"],
            int(position["batchSize"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
    return FailedInvocation(function, batch=batch)


def repeat(deployed: Deployed, body: str, functions: Collection[str]) -> None:
    """Invoke the function again that a message names.

    An asynchronous invocation is queued, and Lambda repeats it and sends it to the destination
    again, if it fails. For changes of a stream, the function is invoked synchronously.

    Args:
        deployed: The service in an environment.
        body: The message.
        functions: The names of the service's functions.

    Raises:
        RedriveError: The message is another one, the function isn't one of the service's or fails
            again, or the changes can't be read.
    """
    failed = read(body)
    if failed is None:
        raise RedriveError("it has no failed invocation: `show` it, and treat it by its source")
    if failed.function_name not in functions:
        raise RedriveError(f"{failed.function_name} is no function of the service")
    client = deployed.client("lambda")
    if failed.batch is None:
        payload = json.dumps(failed.event)
        client.invoke(FunctionName=failed.function, InvocationType="Event", Payload=payload)
        return
    event = {"Records": _changes(deployed, failed.batch)}
    payload = json.dumps(event, default=_as_json)
    response = client.invoke(FunctionName=failed.function, Payload=payload)
    result = json.loads(response["Payload"].read() or "null")
    if "FunctionError" in response:
        error = result.get("errorType", "an error") if isinstance(result, dict) else "an error"
        raise RedriveError(f"{failed.function_name} failed again: {error}")
    if failures := isinstance(result, dict) and result.get("batchItemFailures"):
        raise RedriveError(
            f"{failed.function_name} failed again, at change {failures[0]['itemIdentifier']}"
        )


def _changes(deployed: Deployed, batch: Batch) -> list[dict[str, Any]]:
    """Read the changes of a batch.

    Raises:
        RedriveError: The stream has deleted them, or the consumer's filter left some out.
    """
    client = deployed.client("dynamodbstreams")
    try:
        found = [
            {**change, "eventSource": SOURCE, "eventSourceARN": batch.stream}
            for change in _read(client, batch)
        ]
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise
        found = []
    if not found or found[-1]["dynamodb"]["SequenceNumber"] != batch.last:
        raise RedriveError(
            "the stream no longer has the changes, since DynamoDB deletes them after a day: "
            "compare the items themselves, then delete the message"
        )
    if len(found) != batch.size:
        raise RedriveError(
            f"the consumer's filter left out {len(found) - batch.size} of {len(found)} changes: "
            "read them, and invoke the function with the others (kit/guides/triggers.md)"
        )
    return found


def _read(client: Any, batch: Batch) -> Iterator[dict[str, Any]]:  # noqa: ANN401 (a client)
    """Yield the changes of a shard from the first to the last change of a batch."""
    iterator = client.get_shard_iterator(
        StreamArn=batch.stream,
        ShardId=batch.shard,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=batch.first,
    )["ShardIterator"]
    empty = 0
    while iterator and empty <= MOST_EMPTY_PAGES:
        page = client.get_records(ShardIterator=iterator)
        empty = 0 if page["Records"] else empty + 1
        for change in page["Records"]:
            number = int(change["dynamodb"]["SequenceNumber"])
            if number <= int(batch.last):
                yield change
            if number >= int(batch.last):
                return
        iterator = page.get("NextShardIterator")


def _as_json(value: object) -> object:
    """Return bytes and times as Lambda writes them into an event."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return int(value.timestamp())
    raise TypeError(value)
