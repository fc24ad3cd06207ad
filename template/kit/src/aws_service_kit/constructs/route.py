"""What a route of an API takes and answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel


# Headers of AWS's clients that sign in browsers: Amplify, and the SDK for JavaScript.
# https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
# https://github.com/aws/aws-sdk-js-v3/issues/1376
SIGNING_HEADERS = (
    "Amz-Sdk-Invocation-Id",
    "Amz-Sdk-Request",
    "Authorization",
    "X-Amz-Content-Sha256",
    "X-Amz-Date",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
)


def text(pattern: re.Pattern[str], *, form: str | None = None) -> dict[str, Any]:
    """Describe a text that a handler checks, as JSON Schema.

    Args:
        pattern: What the handler matches the whole text against; without flags, since JSON Schema
            has none.
        form: JSON Schema's `format`, where the pattern doesn't say it all.
    """
    schema: dict[str, Any] = {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}
    return schema if form is None else {**schema, "format": form}


def integer(maximum: int) -> dict[str, Any]:
    """Describe a positive integer up to a maximum, as JSON Schema."""
    return {"type": "integer", "minimum": 1, "maximum": maximum}


@dataclass(frozen=True, kw_only=True)
class RequestParameter:
    """A header or a query parameter.

    Attributes:
        description: For the API's documentation.
        required: API Gateway refuses requests without it.
        json_schema: JSON Schema of the value, for the documentation. Only the handler checks it:
            make the schema of the handler's own pattern or maximum, by `text` and `integer`.
    """

    description: str
    required: bool = False
    json_schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route of the API, as its documentation needs it.

    Attributes:
        method: HTTP method.
        path: Path, with parameters in braces.
        operation: Construct id of the function that answers.
        body: What the request's body is checked against.
        responses: What each status answers; None is an empty body.
        query: Query parameters by name.
        headers: Headers by name.
        public: Anybody may call it.
    """

    method: str
    path: str
    operation: str
    body: type[BaseModel] | None
    responses: Mapping[int, type[BaseModel] | None]
    query: Mapping[str, RequestParameter]
    headers: Mapping[str, RequestParameter]
    public: bool

    @property
    def path_parameters(self) -> list[str]:
        """The names in braces."""
        return re.findall(r"{(\w+)\+?}", self.path)


def preflight_headers(routes: Iterable[Route], *others: str) -> list[str]:
    """List the headers that browsers may send: those of routes, of signatures, and others.

    Header names are compared in lower case; each is listed once, in alphabetical order.
    """
    declared = (name for route in routes for name in route.headers)
    names = {name.lower(): name for name in (*declared, *SIGNING_HEADERS, *others)}
    return [names[name] for name in sorted(names)]
