# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What surrounds every message to a queue, topic or bus, so that all consumers read alike."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, ValidationError

from service.runtime.errors import BadRequestError
from service.runtime.validation import body_errors

# The attribute by which subscriptions to a topic filter: it holds the envelope's type.
TYPE_ATTRIBUTE = "type"


class Correlated(BaseModel):
    """What travels between functions as JSON, and says which request it belongs to.

    Attributes:
        correlation_id: the id of the request that caused it (control O2).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    correlation_id: str


class Envelope(Correlated):
    """A message; its data identifies things and holds nothing personal.

    Attributes:
        version: of the envelope; consumers refuse those that they don't know.
        id: the same for every delivery, so that consumers can recognise a repetition.
        type: what happened, EventBridge's `detail-type`.
        source: the service that says so.
        time: when it happened.
        data: what it is about, as JSON.
    """

    version: Literal[1] = 1
    id: str
    type: str
    source: str
    time: AwareDatetime
    data: dict[str, JsonValue]

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
