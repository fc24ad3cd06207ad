"""Entry point of API endpoints: takes API Gateway's proxy events, returns responses or problems.

`endpoint` runs the steps that all endpoints share, in a fixed order: metrics, correlation id,
further log keys (`log_context`), the handler, the response or the problem, one log line.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from aws_service_kit.runtime import correlation, environment_variables, invocation
from aws_service_kit.runtime.errors import ServiceError
from aws_service_kit.runtime.ids import new_id, now
from aws_service_kit.runtime.invocation import Event, LambdaContext, Outcome, classify, operation_of
from aws_service_kit.runtime.log_context import LogContext
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.problem import MEDIA_TYPE, describe
from aws_service_kit.runtime.request import Request, header

__all__ = ["Event", "Handler", "LambdaContext", "ProxyResponse", "Response", "endpoint"]

_EXTENDED_REQUEST_ID = re.compile(r"[A-Za-z0-9+/=_-]{1,64}")

ProxyResponse = dict[str, Any]
Handler = invocation.Handler[ProxyResponse]


@dataclass(frozen=True, slots=True)
class Response:
    """A response: a status, a model that becomes the JSON body, or none, and headers."""

    status: int
    body: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


def endpoint(handle: Callable[[Request], Response]) -> Handler:
    """Make a Lambda handler of a function from request to response.

    A typed error becomes a problem (RFC 9457). Any other exception is the service's fault: status
    500 without details, an error in the log, and the metric `ServiceFault`.

    Keys that the function adds by `logger.append_keys` are in the log lines of this request only.

    Example:
        ```python
        @endpoint
        def handler(request: Request) -> Response:
            order = find(owner=request.caller, order_id=request.path("id"))
            if order is None:
                raise NotFoundError
            return Response(200, order)
        ```
    """
    log_context = LogContext(handle)

    def respond(event: Event) -> ProxyResponse:
        outcome = Outcome("Request", "answered", operation_of(handle))
        request_id = _request_id(event)
        correlation_id = _correlation_id(event, request_id)
        logger.set_correlation_id(correlation_id)
        logger.append_keys(extended_request_id=_extended_request_id(event))
        try:
            request = log_context.bind(Request(event, correlation_id))
            response = _render(handle(request), event, correlation_id)
        except Exception as error:  # the caller always gets a response
            problem = _problem(classify(error), request_id, correlation_id)
            response = _render(problem, event, correlation_id)
            outcome.failed(error, {"status": response["statusCode"]})
            return response
        outcome.succeeded({"status": response["statusCode"]})
        return response

    return invocation.invocation(handle, respond)


def _request_id(event: Event) -> str | None:
    """Return the gateway's id of the request, or a new one, since callers can set it.

    Source: Amazon API Gateway, "Variables for access logging" (`$context.requestId`).
    """
    given: str | None = (event.get("requestContext") or {}).get("requestId")
    return new_id(now()) if given and not correlation.is_uuid(given) else given


def _extended_request_id(event: Event) -> str | None:
    """Return the id of the gateway's access log, which callers can't set."""
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
    media_type = {} if response.body is None else {"Content-Type": response.media_type}
    return {
        "statusCode": response.status,
        "headers": {
            **media_type,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            correlation.HEADER: correlation_id,
            **_cors(event),
            **response.headers,
        },
        "body": _text(response),
    }


def _text(response: Response) -> str:
    if response.body is None:
        return ""
    return response.body.model_dump_json(exclude_none=response.media_type == MEDIA_TYPE)


def _cors(event: Event) -> dict[str, str]:
    """Return the headers that let scripts of an allowed origin read the response (Fetch, 3.2)."""
    allowed = environment_variables.string_set("CORS_ALLOW_ORIGINS")
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
