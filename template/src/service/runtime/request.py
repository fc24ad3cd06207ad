# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""API Gateway's proxy event (REST API) as a request: what handlers may want of it, checked."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from service.runtime.errors import (
    BadRequestError,
    ContentTooLargeError,
    InvalidInput,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from service.runtime.validation import body_errors

MAX_BODY_BYTES = 64 * 1024

_Model = TypeVar("_Model", bound=BaseModel)
_INTEGER = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """A proxy event; header names are looked up in any case.

    Attributes:
        event: the event (AWS Lambda, "Input format of a Lambda function for proxy integration").
        correlation_id: the id that follows this request everywhere.
    """

    event: Mapping[str, Any] = field(repr=False)
    correlation_id: str

    @property
    def caller(self) -> str:
        """Return who calls: Cognito's subject, or the IAM principal.

        The sessions of an assumed role (`AROA…:session`) are one caller.

        Raises:
            UnauthenticatedError: no authorizer vouches for anybody.
        """
        context = self.event.get("requestContext") or {}
        claims = (context.get("authorizer") or {}).get("claims") or {}
        identity = context.get("identity") or {}
        principal = (identity.get("caller") or "").partition(":")[0]
        caller = claims.get("sub") or principal or identity.get("userArn")
        if not caller:
            raise UnauthenticatedError
        return str(caller)

    def header(self, name: str) -> str | None:
        """Return a header's value, or None."""
        return header(self.event, name)

    def path(self, name: str) -> str:
        """Return a path parameter, empty if the route has none of this name."""
        return (self.event.get("pathParameters") or {}).get(name) or ""

    def query(self, name: str) -> str | None:
        """Return a query parameter's value, the last if there are several, or None."""
        value: str | None = (self.event.get("queryStringParameters") or {}).get(name)
        return value

    def required_header(self, name: str, *, pattern: re.Pattern[str]) -> str:
        """Return a header's value.

        Raises:
            BadRequestError: it is missing, or doesn't match `pattern`.
        """
        value = self.header(name)
        if value is None:
            raise _bad(InvalidInput("header", name, "missing", "The header is required."))
        if not pattern.fullmatch(value):
            raise _bad(InvalidInput("header", name, "pattern_mismatch", "The value isn't allowed."))
        return value

    def query_integer(self, name: str, *, default: int, maximum: int) -> int:
        """Return a query parameter between 1 and `maximum`; larger values count as `maximum`.

        `default` is what counts when it is missing.

        Raises:
            BadRequestError: it isn't a positive integer.
        """
        value = self.query(name)
        if value is None:
            return min(default, maximum)
        if not _INTEGER.fullmatch(value) or int(value) < 1:
            detail = "The value should be a positive integer of at most 9 digits."
            raise _bad(InvalidInput("query", name, "positive_integer", detail))
        return min(int(value), maximum)

    def json(self, model: type[_Model]) -> _Model:
        """Return the JSON body as a valid `model`.

        Raises:
            BadRequestError: it is missing, isn't JSON, or doesn't follow the model.
            ContentTooLargeError: it has more than `MAX_BODY_BYTES`.
            UnsupportedMediaTypeError: it claims to be something else than JSON.
        """
        _require_json(self.header("Content-Type"))
        try:
            return model.model_validate_json(self._body())
        except ValidationError as error:
            raise BadRequestError(
                "The body isn't valid.", invalid=body_errors(error, model)
            ) from None

    def _body(self) -> bytes:
        text = self.event.get("body")
        if not text:
            raise _bad(InvalidInput("body", "", "missing", "A JSON body is required."))
        # What isn't UTF-8 isn't JSON either: the parser refuses lone surrogates.
        body: bytes = text.encode("utf-8", "surrogatepass")
        if self.event.get("isBase64Encoded"):
            try:
                body = base64.b64decode(body, validate=True)
            except binascii.Error:
                raise _bad(InvalidInput("body", "", "base64", "Invalid base64.")) from None
        if len(body) > MAX_BODY_BYTES:
            raise ContentTooLargeError(f"The body may have {MAX_BODY_BYTES} bytes.")
        return body


def header(event: Mapping[str, Any], name: str) -> str | None:
    """Return the value of an event's header, whatever the case of its name, or None."""
    wanted = name.lower()
    headers = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == wanted), None)


def _require_json(content_type: str | None) -> None:
    """Accept JSON, its `+json` relatives, and no word at all (RFC 9110, section 8.3)."""
    media_type = (content_type or "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise UnsupportedMediaTypeError("The body should be application/json.")


def _bad(invalid: InvalidInput) -> BadRequestError:
    return BadRequestError("The request isn't valid.", invalid=[invalid])
