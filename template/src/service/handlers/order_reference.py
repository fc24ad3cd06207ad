"""References to orders in messages, which hold nothing else of them."""

from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.errors import BadRequestError
from aws_service_kit.runtime.validation import validation_errors
from pydantic import BaseModel, ConfigDict, ValidationError

from service.domain.events import EventType


class OrderReference(BaseModel):
    """The part that is read of the data of an envelope of the type `Processing Request`.

    Other keys are ignored: the status, by which rules filter, and what a later release adds.

    Attributes:
        owner: who submitted it.
        request_id: its id.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    owner: str
    request_id: str


def reference_in(message: Envelope) -> OrderReference:
    """Return the order that a message is about.

    Raises:
        BadRequestError: it is about something else.
    """
    if message.type != EventType.PROCESSING_REQUEST:
        raise BadRequestError("The message isn't about a processing request.")
    try:
        return OrderReference.model_validate(message.data)
    except ValidationError as error:
        raise BadRequestError(
            "The message names no request.", invalid=validation_errors(error, OrderReference)
        ) from None
