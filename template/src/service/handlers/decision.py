"""Deciding a request that a message names, for every trigger that gets such messages."""

from service.adapters import wiring
from service.domain.errors import RequestNotFoundError
from service.domain.request import ProcessingRequest
from service.domain.use_cases import process
from service.runtime.errors import NotFoundError
from service.runtime.metrics import count


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
