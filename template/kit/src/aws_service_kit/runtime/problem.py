"""Error responses: problem details for HTTP APIs (RFC 9457)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from aws_service_kit.runtime.errors import Fault, ServiceError

MEDIA_TYPE = "application/problem+json"

# Maximum number of errors in a response; a request may have more.
MAX_ERRORS = 20


class ProblemInput(BaseModel):
    """An invalid part of the request, without the value that was sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    location: Literal["body", "header", "path", "query"]
    pointer: str
    code: str
    detail: str


class Problem(BaseModel):
    """An error as `application/problem+json`; members without a value are left out.

    Attributes:
        type: A URN of the type of problem, stable over versions.
        title: The type of problem for people.
        status: The HTTP status.
        detail: What is wrong with this request, if the caller can fix it.
        instance: A URN of this occurrence, with API Gateway's request id.
        correlation_id: The id to quote in a support request.
        errors: The invalid parts, up to `MAX_ERRORS`; `detail` counts the rest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    correlation_id: str
    errors: tuple[ProblemInput, ...] | None = None


def describe(error: ServiceError, *, correlation_id: str, request_id: str | None) -> Problem:
    """Return the problem of an error, with details only if the caller is at fault."""
    is_callers = error.fault is Fault.CALLER
    omitted = len(error.invalid) - MAX_ERRORS
    rest = f"Errors that aren't listed: {omitted}." if omitted > 0 else None
    return Problem(
        type=f"urn:problem-type:{error.code}",
        title=error.title,
        status=error.status,
        detail=" ".join(filter(None, [error.detail, rest])) or None if is_callers else None,
        instance=f"urn:uuid:{request_id}" if request_id else None,
        correlation_id=correlation_id,
        errors=tuple(map(ProblemInput.model_validate, error.invalid[:MAX_ERRORS])) or None,
    )
