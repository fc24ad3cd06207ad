"""How messages name a processing request: they hold where it is, and nothing of it."""

from pydantic import BaseModel, ConfigDict, ValidationError

from service.domain.events import EventType
from service.domain.request import Status
from service.runtime.envelope import Envelope
from service.runtime.errors import BadRequestError
from service.runtime.validation import body_errors


class RequestReference(BaseModel):
    """The data of an envelope of the type `Processing Request`.

    Attributes:
        owner: who submitted it.
        request_id: its id.
        status: when the message was written.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: str
    request_id: str
    status: Status


def reference_in(message: Envelope) -> RequestReference:
    """Return the request that a message is about.

    Raises:
        BadRequestError: it is about something else.
    """
    if message.type != EventType.PROCESSING_REQUEST:
        raise BadRequestError("The message isn't about a processing request.")
    try:
        return RequestReference.model_validate(message.data)
    except ValidationError as error:
        raise BadRequestError(
            "The message names no request.", invalid=body_errors(error, RequestReference)
        ) from None
