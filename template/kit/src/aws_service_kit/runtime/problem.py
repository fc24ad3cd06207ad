"""What a caller sees of an error: problem details for HTTP APIs (RFC 9457)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from aws_service_kit.runtime.errors import Fault, ServiceError

MEDIA_TYPE = "application/problem+json"

# What one request can be wrong about has no limit; the answer does.
MAX_ERRORS = 20


class ProblemInput(BaseModel):
    """One invalid part of the request; never the value that was sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    location: Literal["body", "header", "path", "query"]
    pointer: str
    code: str
    detail: str


class Problem(BaseModel):
    """An error as `application/problem+json`; members without a value are left out.

    Attributes:
        type: a URN that names the kind of problem, stable over versions.
        title: the kind of problem for people.
        status: the HTTP status.
        detail: what is wrong with this request; only when the caller can mend it.
        instance: a URN that names this occurrence: API Gateway's request id.
        correlation_id: what to quote when asking for help.
        errors: what is wrong with the input, up to `MAX_ERRORS`; `detail` counts the rest.
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
    """Return what the caller may know of `error`: details only if the fault is theirs."""
    theirs = error.fault is Fault.CALLER
    omitted = len(error.invalid) - MAX_ERRORS
    rest = f"Errors that aren't listed: {omitted}." if omitted > 0 else None
    return Problem(
        type=f"urn:problem-type:{error.code}",
        title=error.title,
        status=error.status,
        detail=" ".join(filter(None, [error.detail, rest])) or None if theirs else None,
        instance=f"urn:uuid:{request_id}" if request_id else None,
        correlation_id=correlation_id,
        errors=tuple(map(ProblemInput.model_validate, error.invalid[:MAX_ERRORS])) or None,
    )
