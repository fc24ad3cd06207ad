"""Envelopes for tests."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from aws_service_kit.runtime.envelope import Envelope

CORRELATION_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def envelope(**changes: Any) -> Envelope:  # noqa: ANN401 (any field's value)
    """Return an envelope with these values, and valid defaults for the other fields."""
    fields: dict[str, Any] = {
        "id": "018f3c5e-7b7a-7cc3-98c4-dc0c0c07398f",
        "type": "Something Happened",
        "source": "service",
        "time": datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC),
        "correlation_id": CORRELATION_ID,
        "data": {"number": 1},
    }
    return Envelope(**fields | changes)


def event(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (as above)
    """Return an envelope as the event that a rule or a schedule sends."""
    content: dict[str, Any] = json.loads(envelope(**changes).to_json())
    return content


def batch(*bodies: str) -> dict[str, Any]:
    """Return an SQS event; the ids of its messages count from 0."""
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    return {"Records": records}


def stream_record(
    *,
    new: dict[str, Any] | None = None,
    old: dict[str, Any] | None = None,
    number: int = 0,
    **changes: Any,  # noqa: ANN401 (any key's value)
) -> dict[str, Any]:
    """Return a record of a table's stream, with valid defaults.

    Args:
        new: The item after the change; None for a removal.
        old: The item before the change; None for an insert.
        number: Position of the record; later records have higher ones.
        changes: Further keys of the record, such as `userIdentity`.
    """
    serialize = TypeSerializer().serialize
    images = {
        name: {key: _as_sent(serialize(value)) for key, value in image.items()}
        for name, image in {"NewImage": new, "OldImage": old}.items()
        if image is not None
    }
    event_name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    return {
        "eventID": f"{number:032x}",
        "eventName": event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1795482123.0,
            "Keys": {},
            "SequenceNumber": f"{100000000000000000000 + number}",
            "SizeBytes": 100,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/2026-11-24",
        **changes,
    }


def stream(*records: dict[str, Any]) -> dict[str, Any]:
    """Return the event of a stream's consumer."""
    return {"Records": list(records)}


def object_event(
    key: str = "invoices/2026.csv",
    *,
    event_type: str = "Object Created",
    bucket: str = "uploads",
) -> dict[str, Any]:
    """Return the event that EventBridge sends about an object, to a function.

    For a queue's consumer, pass its JSON to `batch`.

    Args:
        key: The object's key, as it is.
        event_type: What happened.
        bucket: The bucket's name.
    """
    return {
        "version": "0",
        "id": CORRELATION_ID,
        "detail-type": event_type,
        "source": "aws.s3",
        "account": "000000000000",
        "time": "2026-11-24T01:02:03Z",
        "region": "us-east-1",
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {
                "key": key,
                "size": 7,
                "etag": "9f86d081884c7d659a2feaa0c55ad015",
                "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
                "sequencer": "00617F08299329D189",
            },
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": "000000000000",
            "reason": "PutObject",
        },
    }


def _as_sent(attribute: Any) -> Any:  # noqa: ANN401 (a value as DynamoDB types it)
    """Return an attribute as Lambda sends it, with bytes as base64."""
    match attribute:
        case dict():
            return {data_type: _as_sent(value) for data_type, value in attribute.items()}
        case list():
            return [_as_sent(value) for value in attribute]
        case bytes():
            return base64.b64encode(attribute).decode()
        case _:
            return attribute
