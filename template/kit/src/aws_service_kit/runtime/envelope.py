"""The envelope of every message to a queue, a topic or a bus."""

import json
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

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
from aws_service_kit.runtime.validation import validation_errors

_Model = TypeVar("_Model", bound=BaseModel)

# The message attribute that subscriptions of a topic filter by. Its value is the envelope's type.
TYPE_ATTRIBUTE = "type"

# A time from another process. In this range it can be converted to UTC, shifted by days, written as
# seconds since 1970 and encoded in an id.
Timestamp = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC)),
]


def _finite(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Reject `NaN` and `Infinity`, also written as `1e999`, which would become null in JSON."""
    json.dumps(data, allow_nan=False)
    return data


class Correlated(BaseModel):
    """A message or state that functions exchange as JSON.

    Two releases run side by side during a deployment, so a reader ignores unknown keys. A key that
    an older reader must not ignore is a breaking change and needs a new version.

    Attributes:
        correlation_id: The id of the request that caused it (control O2).
        version: The version of the model, 1 if it is missing. Other versions are rejected. Only
            envelopes send it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)

    correlation_id: str
    version: Literal[1] = Field(default=1, exclude=True)


class Envelope(Correlated):
    """A message. Its data contains identifiers and no personal data.

    Attributes:
        version: The version of the envelope; consumers reject unknown versions.
        id: Equal in every delivery, so that consumers can recognise a duplicate.
        type: What happened, EventBridge's `detail-type`.
        source: The service that sent it.
        time: When it happened, from 1970 to 9998.
        data: The subject of the message, as JSON.
    """

    version: Literal[1] = 1
    id: str
    type: str
    source: str
    time: Timestamp
    data: Annotated[dict[str, JsonValue], AfterValidator(_finite)]

    def to_json(self) -> str:
        """Return the envelope as JSON."""
        return self.model_dump_json()


def parse(text: str | bytes) -> Envelope:
    """Return the envelope of a message's body.

    Raises:
        BadRequestError: The text isn't an envelope, or its version is unknown.
    """
    try:
        return Envelope.model_validate_json(text)
    except ValidationError as error:
        raise BadRequestError(
            "The message isn't an envelope.", invalid=validation_errors(error, Envelope)
        ) from None


def data_of(message: Envelope, model: type[_Model], *, event_type: str) -> _Model:
    """Return the data of a message as a model, if the message has the expected type.

    Example:
        ```python
        class OrderPaid(BaseModel):
            order_id: str


        @batch_handler
        def handler(message: Envelope) -> None:
            ship(order_id=data_of(message, OrderPaid, event_type="Order Paid").order_id)
        ```

    Args:
        message: The message.
        model: The model of its data.
        event_type: The expected type of the message.

    Raises:
        BadRequestError: The message has another type, or its data violate the model.
    """
    if message.type != event_type:
        raise BadRequestError(f"The message isn't of the type {event_type!r}.")
    try:
        return model.model_validate(message.data)
    except ValidationError as error:
        raise BadRequestError(
            "The message's data aren't valid.", invalid=validation_errors(error, model)
        ) from None


def json_text(event: object) -> str:
    """Return a function's event as JSON, for strict models.

    Raises:
        BadRequestError: The event is nested too deeply.
    """
    try:
        return json.dumps(event)
    except RecursionError:
        raise BadRequestError("The event is nested too deeply.") from None
