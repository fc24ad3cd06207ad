"""Errors by fault: of the caller, of a dependency, of the service (guideline 2.3 and 9.1).

Raise the most specific one. Each entry point translates it: into an HTTP status, a failed item of a
batch, or an error name that a retry matches.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, Protocol, runtime_checkable

# Seconds after which a caller may retry when a dependency is unavailable.
RETRY_AFTER_SECONDS = 2


class Fault(StrEnum):
    """The party at fault. The value is the name of the metric that counts such failures."""

    CALLER = "CallerFault"
    DEPENDENCY = "DependencyFault"
    SERVICE = "ServiceFault"


@dataclass(frozen=True, slots=True)
class InvalidInput:
    """An invalid part of a request, described without the value that was sent.

    Attributes:
        location: The part of the request.
        pointer: A JSON pointer into the body (RFC 6901), or the name of a header or parameter.
        code: A stable machine-readable reason.
        detail: The reason for people.
    """

    location: Literal["body", "header", "path", "query"]
    pointer: str
    code: str
    detail: str


@runtime_checkable
class PublicError(Protocol):
    """An exception with a message for callers.

    The domain doesn't import the kit, so it declares the attribute in the base class of its
    exceptions. A message without this declaration is never shown, since it may repeat the input.
    """

    @property
    def public_message(self) -> str:
        """The message, without values from the input, personal data and secrets."""
        ...


class ServiceError(Exception):
    """An error with a fault, an HTTP status and a code.

    Attributes:
        fault: The party at fault.
        status: The HTTP status of the response (RFC 9110).
        code: A stable machine-readable name.
        title: The name for people.
        detail: What happened. It is logged, and shown if the caller is at fault, so it never
            contains values from the input, personal data or secrets.
        invalid: The invalid parts of the request.
        retry_after: Seconds after which the same request may succeed.
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
    """The service's code or configuration is at fault."""


class ConfigurationError(InternalError):
    """A part of the function's configuration is missing or invalid."""

    code = "configuration-error"


class CallerError(ServiceError):
    """The caller is at fault; the same request fails again."""

    fault = Fault.CALLER
    status = 400
    code = "bad-request"
    title = "Bad request"

    @property
    def public_message(self) -> str:
        """The message, which the response shows."""
        return str(self)


class BadRequestError(CallerError):
    """The request violates the contract: syntax, schema, headers or parameters."""


class UnauthenticatedError(CallerError):
    """The caller isn't authenticated."""

    status = 401
    code = "unauthenticated"
    title = "Authentication is missing"


class ForbiddenError(CallerError):
    """The caller is authenticated, but not allowed to do this."""

    status = 403
    code = "forbidden"
    title = "Not allowed"


class NotFoundError(CallerError):
    """The resource doesn't exist, or the caller may not know that it does."""

    status = 404
    code = "not-found"
    title = "Not found"


class ConflictError(CallerError):
    """The request conflicts with the current state of the resource."""

    status = 409
    code = "conflict"
    title = "Conflict"


class PreconditionFailedError(CallerError):
    """The resource isn't in the state that the request requires, such as the version of a tag."""

    status = 412
    code = "precondition-failed"
    title = "Precondition failed"


class ContentTooLargeError(CallerError):
    """The body is larger than the limit."""

    status = 413
    code = "content-too-large"
    title = "Content too large"


class UnsupportedMediaTypeError(CallerError):
    """The format of the body isn't supported."""

    status = 415
    code = "unsupported-media-type"
    title = "Unsupported media type"


class UnprocessableError(CallerError):
    """The request follows the contract, but can't be processed."""

    status = 422
    code = "unprocessable"
    title = "Unprocessable content"


class DependencyError(ServiceError):
    """A dependency of the service is at fault."""

    fault = Fault.DEPENDENCY


class DependencyFailedError(DependencyError):
    """A dependency rejected the call or sent an unusable response; a retry doesn't help."""

    status = 502
    code = "dependency-failed"
    title = "A dependency failed"


class DependencyUnavailableError(DependencyError):
    """A dependency is overloaded or unreachable; a retry can succeed."""

    status = 503
    code = "dependency-unavailable"
    title = "A dependency is unavailable"


class UnreadableResponseError(DependencyUnavailableError, KeyError):
    """A response lacks a member that AWS always sends, so it isn't from AWS.

    It is a `KeyError` too, so that code that expects a missing member keeps working.
    """


# Its former name, until 2.3.
UnreadableAnswerError = UnreadableResponseError
