"""The HTTP edge: API Gateway's proxy events in, responses out, errors as problems.

Everything that all endpoints share happens in `endpoint`, in one fixed order: log context, metrics,
correlation id, the handler, the answer or the problem, one log line.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from aws_service_kit.runtime import correlation, invocation, settings
from aws_service_kit.runtime.errors import ServiceError
from aws_service_kit.runtime.ids import new_id, now
from aws_service_kit.runtime.invocation import Event, LambdaContext, Outcome, classify, operation_of
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.problem import MEDIA_TYPE, describe
from aws_service_kit.runtime.request import Request, header

__all__ = ["Event", "Handler", "LambdaContext", "ProxyResponse", "Response", "endpoint"]

_EXTENDED_REQUEST_ID = re.compile(r"[A-Za-z0-9+/=_-]{1,64}")

ProxyResponse = dict[str, Any]
Handler = invocation.Handler[ProxyResponse]


@dataclass(frozen=True, slots=True)
class Response:
    """A handler's answer: a status, a model that becomes the JSON body, and headers."""

    status: int
    body: BaseModel
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


def endpoint(handle: Callable[[Request], Response]) -> Handler:
    """Make a Lambda handler of a function from request to response.

    Typed errors become problems (RFC 9457); any other exception is the service's fault: a 500
    that tells nothing, an error in the log, and the metric `ServiceFault`.
    """

    def respond(event: Event) -> ProxyResponse:
        outcome = Outcome("Request", "answered", operation_of(handle))
        request_id = _request_id(event)
        correlation_id = _correlation_id(event, request_id)
        logger.set_correlation_id(correlation_id)
        logger.append_keys(extended_request_id=_extended_request_id(event))
        try:
            answer = _render(handle(Request(event, correlation_id)), event, correlation_id)
        except Exception as error:  # the edge: whatever happens, the caller gets an answer
            problem = _problem(classify(error), request_id, correlation_id)
            answer = _render(problem, event, correlation_id)
            outcome.failed(error, {"status": answer["statusCode"]})
            return answer
        outcome.succeeded({"status": answer["statusCode"]})
        return answer

    return invocation.invocation(handle, respond)


def _request_id(event: Event) -> str | None:
    """Return the gateway's id of the request, or a new one: callers can write it.

    Source: Amazon API Gateway, "Variables for access logging" (`$context.requestId`).
    """
    given: str | None = (event.get("requestContext") or {}).get("requestId")
    return new_id(now()) if given and not correlation.is_uuid(given) else given


def _extended_request_id(event: Event) -> str | None:
    """Return the id that only the gateway can write, which its access log has as well."""
    given = str((event.get("requestContext") or {}).get("extendedRequestId") or "")
    return given if _EXTENDED_REQUEST_ID.fullmatch(given) else None


def _correlation_id(event: Event, request_id: str | None) -> str:
    given = header(event, correlation.HEADER)
    if given and correlation.is_safe(given):
        return given
    return request_id or new_id(now())


def _problem(error: ServiceError, request_id: str | None, correlation_id: str) -> Response:
    problem = describe(error, correlation_id=correlation_id, request_id=request_id)
    retry = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return Response(error.status, problem, retry, MEDIA_TYPE)


def _render(response: Response, event: Event, correlation_id: str) -> ProxyResponse:
    return {
        "statusCode": response.status,
        "headers": {
            "Content-Type": response.media_type,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            correlation.HEADER: correlation_id,
            **_cors(event),
            **response.headers,
        },
        "body": response.body.model_dump_json(exclude_none=response.media_type == MEDIA_TYPE),
    }


def _cors(event: Event) -> dict[str, str]:
    """Return the headers that let a configured origin's scripts read the answer (Fetch, 3.2)."""
    allowed = settings.text_set("CORS_ALLOW_ORIGINS")
    if not allowed:
        return {}
    origin = header(event, "Origin")
    if origin not in allowed:
        return {"Vary": "Origin"}
    return {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "*",
    }
