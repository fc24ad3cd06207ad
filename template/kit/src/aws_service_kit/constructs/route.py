"""A route of an API: its parameters, request body and responses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_service_kit.runtime.former_names import names_renamed

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


def string_schema(
    pattern: re.Pattern[str], *, form: str | None = None, example: str | None = None
) -> dict[str, Any]:
    """Return the JSON Schema of a string that a handler checks.

    Args:
        pattern: The handler's pattern for the whole string; without flags, since JSON Schema has
            none.
        form: JSON Schema's `format`, if it is more specific than the pattern.
        example: A value for the documentation and for example requests.
    """
    schema: dict[str, Any] = {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}
    if form is not None:
        schema["format"] = form
    if example is not None:
        schema["examples"] = [example]
    return schema


def integer_schema(maximum: int) -> dict[str, Any]:
    """Return the JSON Schema of a positive integer up to a maximum."""
    return {"type": "integer", "minimum": 1, "maximum": maximum}


@dataclass(frozen=True, kw_only=True)
class RequestParameter:
    """A header or a query parameter.

    Attributes:
        description: Description in the API's documentation.
        required: API Gateway rejects requests without it.
        json_schema: JSON Schema of the value, for the documentation. Only the handler checks the
            value, so create the schema from the handler's pattern or maximum, with `string_schema`
            and `integer_schema`.
    """

    description: str
    required: bool = False
    json_schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route of the API, with everything that its documentation needs.

    Attributes:
        method: HTTP method.
        path: Path, with parameters in braces.
        operation: Name of the operation, by default the function's construct id.
        body: Model of the request body.
        responses: Model of the response body by status; None is an empty body.
        query: Query parameters by name.
        headers: Headers by name.
        public: Callers aren't authenticated.
        signed: The handler authenticates callers by the signature of their request.
    """

    method: str
    path: str
    operation: str
    body: type[BaseModel] | None
    responses: Mapping[int, type[BaseModel] | None]
    query: Mapping[str, RequestParameter]
    headers: Mapping[str, RequestParameter]
    public: bool
    signed: bool = False

    @property
    def path_parameters(self) -> list[str]:
        """The names of the path parameters."""
        return re.findall(r"{(\w+)\+?}", self.path)


def preflight_headers(routes: Iterable[Route], *others: str) -> list[str]:
    """Return the headers that browsers may send: of routes, of signatures, and others.

    Header names are compared in lower case; each is listed once, in alphabetical order.
    """
    declared = (name for route in routes for name in route.headers)
    names = {name.lower(): name for name in (*declared, *SIGNING_HEADERS, *others)}
    return [names[name] for name in sorted(names)]


if TYPE_CHECKING:
    text = string_schema
    integer = integer_schema
else:
    __getattr__ = names_renamed(__name__, text="string_schema", integer="integer_schema")
