"""What surrounds every message to a queue, topic or bus, so that all consumers read alike."""

import json
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
)

from aws_service_kit.runtime.errors import BadRequestError
from aws_service_kit.runtime.validation import body_errors

# The attribute by which subscriptions to a topic filter: it holds the envelope's type.
TYPE_ATTRIBUTE = "type"

# A time from another process, in a range in which it can be converted to UTC, moved by days,
# written as seconds since 1970, and made into an id.
Timestamp = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC)),
]


def _finite(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Refuse `NaN` and `Infinity`, also as `1e999`: JSON can't hold them, so they'd become null."""
    json.dumps(data, allow_nan=False)
    return data


class Correlated(BaseModel):
    """What travels between functions as JSON, and says which request it belongs to.

    Two releases run side by side during a deployment, so a reader ignores keys that it doesn't
    know. What an older reader must not ignore is a breaking change: it takes a new version.

    Attributes:
        correlation_id: the id of the request that caused it (control O2).
        version: of the model, and no more than that of a message that names none; others are
            refused. Only envelopes send it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)

    correlation_id: str
    version: Literal[1] = Field(default=1, exclude=True)


class Envelope(Correlated):
    """A message; its data identifies things and holds nothing personal.

    Attributes:
        version: of the envelope; consumers refuse versions that they don't know.
        id: the same for every delivery, so that consumers can recognise a repetition.
        type: what happened, EventBridge's `detail-type`.
        source: the service that says so.
        time: when it happened, from 1970 to 9998.
        data: what it is about, as JSON.
    """

    version: Literal[1] = 1
    id: str
    type: str
    source: str
    time: Timestamp
    data: Annotated[dict[str, JsonValue], AfterValidator(_finite)]

    def to_json(self) -> str:
        """Return the message's text."""
        return self.model_dump_json()


def parse(text: str | bytes) -> Envelope:
    """Return the envelope in a message's text.

    Raises:
        BadRequestError: it isn't one, or of an unknown version.
    """
    try:
        return Envelope.model_validate_json(text)
    except ValidationError as error:
        raise BadRequestError(
            "The message isn't an envelope.", invalid=body_errors(error, Envelope)
        ) from None


def json_text(event: object) -> str:
    """Return what a function was invoked with as JSON, which strict models read.

    Raises:
        BadRequestError: it is nested too deeply.
    """
    try:
        return json.dumps(event)
    except RecursionError:
        raise BadRequestError("The event is nested too deeply.") from None
