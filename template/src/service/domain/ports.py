"""What the domain needs of the world; adapters provide it."""

from dataclasses import dataclass
from typing import Protocol

from service.domain.request import ProcessingRequest


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """What makes a repeated submission recognisable.

    Attributes:
        digest: of the owner and the key that they chose.
        fingerprint: of the submission as this release reads it, defaults included.
        sent_fingerprint: of what the caller sent, which is the same for every release.
    """

    digest: str
    fingerprint: str
    sent_fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """The answer to a submission: the request as it was first stored.

    Attributes:
        request: the stored one, which isn't the submitted one if this is a repetition.
        replayed: whether it is a repetition.
    """

    request: ProcessingRequest
    replayed: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some of an owner's requests, newest first.

    Attributes:
        requests: at most as many as were asked for; may be fewer or none, though more pages follow.
        last_id: where the next page starts, None after the last.
    """

    requests: tuple[ProcessingRequest, ...]
    last_id: str | None


class Requests(Protocol):
    """The stored requests."""

    def add(self, request: ProcessingRequest, key: IdempotencyKey) -> Submission:
        """Store a request unless its key was used before; then return what was stored.

        Raises:
            IdempotencyKeyReusedError: for another submission.
            SubmissionInProgressError: at this very moment.
        """
        ...

    def get(self, owner: str, request_id: str) -> ProcessingRequest | None:
        """Return one of the owner's requests, or None."""
        ...

    def page(self, owner: str, *, limit: int, after: str | None = None) -> Page:
        """Return up to `limit` of the owner's requests, starting after the id `after`."""
        ...

    def settle(self, request: ProcessingRequest) -> ProcessingRequest:
        """Store the decision of a pending request; one that was decided before stays as it is.

        Returns:
            The request with the decision that is stored.

        Raises:
            RequestNotFoundError: it was deleted meanwhile.
        """
        ...


class RequestQueue(Protocol):
    """The way to whatever processes requests later."""

    def send(self, request: ProcessingRequest) -> None:
        """Hand over a stored request, at least once."""
        ...
