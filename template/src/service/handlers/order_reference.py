"""References to orders in messages. Messages contain no other data of an order."""

from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.errors import BadRequestError
from aws_service_kit.runtime.validation import validation_errors
from pydantic import BaseModel, ConfigDict, ValidationError

from service.domain.events import EventType


class OrderReference(BaseModel):
    """The keys that this service reads in the data of a `Processing Request`.

    Other keys are ignored, such as the status, by which rules filter, and keys that a later
    release adds.

    Attributes:
        owner: the caller that submitted the order.
        request_id: the id of the order.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    owner: str
    request_id: str


def reference_in(message: Envelope) -> OrderReference:
    """Return the reference to an order in a message.

    Raises:
        BadRequestError: the message has another type, or no valid reference.
    """
    if message.type != EventType.PROCESSING_REQUEST:
        raise BadRequestError("The message isn't about a processing request.")
    try:
        return OrderReference.model_validate(message.data)
    except ValidationError as error:
        raise BadRequestError(
            "The message names no request.", invalid=validation_errors(error, OrderReference)
        ) from None
