"""Envelopes for tests."""

import json
from datetime import UTC, datetime
from typing import Any

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
