"""The taxonomy of errors: whose fault a failure is, and what the caller may know of it.

Raise the narrowest one; each kind of trigger turns it into what it understands (an HTTP status, a
failed item of a batch, an error that a retry names). Guideline sections 2.3 and 9.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

# After which a caller may try again what a dependency failed to do.
RETRY_AFTER_SECONDS = 2


class Fault(StrEnum):
    """Who has to act; the value is also the name of the metric that counts such failures."""

    CALLER = "CallerFault"
    DEPENDENCY = "DependencyFault"
    SERVICE = "ServiceFault"


@dataclass(frozen=True, slots=True)
class InvalidInput:
    """One thing that is wrong with the input, told without repeating the input.

    Attributes:
        location: the part of the request.
        pointer: a JSON pointer into the body (RFC 6901), or the name of a header or parameter.
        code: a stable machine-readable reason.
        detail: the same for people.
    """

    location: Literal["body", "header", "path", "query"]
    pointer: str
    code: str
    detail: str


class ServiceError(Exception):
    """An error with a place in the taxonomy.

    Attributes:
        fault: whose it is.
        status: the HTTP status that it becomes (RFC 9110).
        code: a stable machine-readable name.
        title: the same for people.
        detail: what happened. It is logged, and shown if the caller is at fault, so it never
            holds values from the input, personal data or secrets.
        invalid: what is wrong with the input.
        retry_after: seconds after which the same request may succeed.
    """

    fault: ClassVar[Fault] = Fault.SERVICE
    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        detail: str | None = None,
        *,
        invalid: Iterable[InvalidInput] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.invalid = tuple(invalid)
        self.retry_after = retry_after


class InternalError(ServiceError):
    """The service is at fault, in its code or its configuration."""


class ConfigurationError(InternalError):
    """The function isn't configured as its code expects."""

    code = "configuration-error"


class CallerError(ServiceError):
    """The caller is at fault: the same request will fail again."""

    fault = Fault.CALLER
    status = 400
    code = "bad-request"
    title = "Bad request"


class BadRequestError(CallerError):
    """The request doesn't follow the contract: syntax, schema, headers or parameters."""


class UnauthenticatedError(CallerError):
    """Nobody vouches for the caller."""

    status = 401
    code = "unauthenticated"
    title = "Authentication is missing"


class ForbiddenError(CallerError):
    """The caller is known and may not do this."""

    status = 403
    code = "forbidden"
    title = "Not allowed"


class NotFoundError(CallerError):
    """There is no such thing, or none that the caller may know of."""

    status = 404
    code = "not-found"
    title = "Not found"


class ConflictError(CallerError):
    """The request contradicts the present state."""

    status = 409
    code = "conflict"
    title = "Conflict"


class ContentTooLargeError(CallerError):
    """The body exceeds the limit."""

    status = 413
    code = "content-too-large"
    title = "Content too large"


class UnsupportedMediaTypeError(CallerError):
    """The body has a format that isn't read here."""

    status = 415
    code = "unsupported-media-type"
    title = "Unsupported media type"


class UnprocessableError(CallerError):
    """The request follows the contract, yet it can't be carried out."""

    status = 422
    code = "unprocessable"
    title = "Unprocessable content"


class DependencyError(ServiceError):
    """Something that the service relies on is at fault."""

    fault = Fault.DEPENDENCY


class DependencyFailedError(DependencyError):
    """A dependency refused or answered something unusable: trying again won't help."""

    status = 502
    code = "dependency-failed"
    title = "A dependency failed"


class DependencyUnavailableError(DependencyError):
    """A dependency is overloaded or out of reach: trying again may help."""

    status = 503
    code = "dependency-unavailable"
    title = "A dependency is unavailable"


class UnreadableAnswerError(DependencyUnavailableError, KeyError):
    """An answer lacks a member that it always has, so something else than the service answered.

    It is a `KeyError` too, so that code keeps working which looks for a member that may be missing.
    """
