"""Gateway responses: errors of API Gateway as problem details (RFC 9457)."""

import json
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway

from aws_service_kit.runtime import correlation
from aws_service_kit.runtime.problem import MEDIA_TYPE

CORRELATION_HEADER = correlation.HEADER


@dataclass(frozen=True)
class Kind:
    """A type of problem, in the form of the service's errors."""

    status: int
    code: str
    title: str


BAD_REQUEST = Kind(400, "bad-request", "Bad request")
UNAUTHENTICATED = Kind(401, "unauthenticated", "Authentication is missing")
FORBIDDEN = Kind(403, "forbidden", "Not allowed")
NOT_FOUND = Kind(404, "not-found", "Not found")
CONTENT_TOO_LARGE = Kind(413, "content-too-large", "Content too large")
UNSUPPORTED_MEDIA_TYPE = Kind(415, "unsupported-media-type", "Unsupported media type")
TOO_MANY_REQUESTS = Kind(429, "too-many-requests", "Too many requests")
INTERNAL_ERROR = Kind(500, "internal-error", "Internal error")
TIMEOUT = Kind(504, "timeout", "No answer in time")

TRY_LATER = "The request wasn't answered; try again later."

# Every error type of API Gateway, with AWS's status and a detail that helps the caller. Details are
# fixed texts, so they don't contain a part of the request.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
REFUSALS: dict[str, tuple[Kind, str]] = {
    "ACCESS_DENIED": (FORBIDDEN, "The credentials don't allow this."),
    "API_CONFIGURATION_ERROR": (INTERNAL_ERROR, TRY_LATER),
    "AUTHORIZER_CONFIGURATION_ERROR": (INTERNAL_ERROR, TRY_LATER),
    "AUTHORIZER_FAILURE": (INTERNAL_ERROR, TRY_LATER),
    "BAD_REQUEST_BODY": (BAD_REQUEST, "The body doesn't match its documented schema."),
    "BAD_REQUEST_PARAMETERS": (BAD_REQUEST, "A required header or parameter is missing."),
    "DEFAULT_4XX": (BAD_REQUEST, "The request was refused."),
    "DEFAULT_5XX": (INTERNAL_ERROR, TRY_LATER),
    "EXPIRED_TOKEN": (FORBIDDEN, "The token has expired."),
    "INTEGRATION_FAILURE": (TIMEOUT, TRY_LATER),
    "INTEGRATION_TIMEOUT": (TIMEOUT, TRY_LATER),
    "INVALID_API_KEY": (FORBIDDEN, "The API key isn't valid."),
    "INVALID_SIGNATURE": (FORBIDDEN, "The signature isn't valid."),
    "MISSING_AUTHENTICATION_TOKEN": (FORBIDDEN, "No such route, or no credentials."),
    "QUOTA_EXCEEDED": (TOO_MANY_REQUESTS, "The quota is used up."),
    "REQUEST_TOO_LARGE": (CONTENT_TOO_LARGE, "The body is too large."),
    "RESOURCE_NOT_FOUND": (NOT_FOUND, "There is no such route."),
    "THROTTLED": (TOO_MANY_REQUESTS, "Wait a moment, then try again."),
    "UNAUTHORIZED": (UNAUTHENTICATED, "The request has no valid token."),
    "UNSUPPORTED_MEDIA_TYPE": (UNSUPPORTED_MEDIA_TYPE, "Send application/json."),
    "WAF_FILTERED": (
        FORBIDDEN,
        "The firewall refused the request: for what it holds, or since too many came from here.",
    ),
}


def add_gateway_responses(api: apigateway.RestApi, *, allow_origin: str | None) -> None:
    """Add gateway responses with problem details and a correlation id for every error type.

    Args:
        api: The API.
        allow_origin: Value of `Access-Control-Allow-Origin`; None without CORS.
    """
    headers = {
        "Content-Type": f"'{MEDIA_TYPE}'",
        CORRELATION_HEADER: "context.extendedRequestId",
    }
    if allow_origin is not None:
        headers["Access-Control-Allow-Origin"] = f"'{allow_origin}'"
        headers["Access-Control-Expose-Headers"] = f"'{CORRELATION_HEADER}'"
    for name, (problem, detail) in REFUSALS.items():
        api.add_gateway_response(
            name,
            type=apigateway.ResponseType.of(name),
            status_code=str(problem.status),
            response_headers=headers,
            templates={"application/json": _template(problem, detail)},
        )


def _template(problem: Kind, detail: str) -> str:
    return json.dumps(
        {
            "type": f"urn:problem-type:{problem.code}",
            "title": problem.title,
            "status": problem.status,
            "detail": detail,
            # Callers can set `$context.requestId` to any value.
            "correlation_id": "$context.extendedRequestId",
        }
    )
