"""Deciding a request that a message names, for every trigger that gets such messages."""

from aws_service_kit.runtime.errors import NotFoundError
from aws_service_kit.runtime.metrics import count

from service.adapters import wiring
from service.domain.errors import RequestNotFoundError
from service.domain.request import ProcessingRequest
from service.domain.use_cases import process


def decide(owner: str, request_id: str) -> ProcessingRequest:
    """Decide a stored request; a repetition finds the same decision.

    Raises:
        NotFoundError: it isn't stored, and never will be.
    """
    try:
        request = process(owner, request_id, requests=wiring.requests())
    except RequestNotFoundError as error:
        raise NotFoundError("The message names a request that isn't stored.") from error
    count(f"Request{request.status.capitalize()}")
    return request
