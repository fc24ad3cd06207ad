"""Events of API Gateway's proxy integration (REST API) for tests."""

import json
from typing import Any

REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
EXTENDED_REQUEST_ID = "JKJaXmPLvHcESHA="


def proxy_event(
    body: object = None,
    *,
    caller: str | None = "AROACALLER:session",
    headers: dict[str, str] | None = None,
    path: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    request_id: str = REQUEST_ID,
) -> dict[str, Any]:
    """Return an event as API Gateway sends it, in which absent fields are null."""
    return {
        "httpMethod": "GET" if body is None else "POST",
        "headers": headers,
        "multiValueHeaders": headers and {name: [value] for name, value in headers.items()},
        "pathParameters": path,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query
        and {name: [value] for name, value in query.items()},
        "requestContext": {
            "requestId": request_id,
            "extendedRequestId": EXTENDED_REQUEST_ID,
            "authorizer": None,
            "identity": {"caller": caller, "userArn": None},
        },
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
    }
