"""Requests: validated access to a proxy event of API Gateway (REST API)."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from aws_service_kit.runtime import environment_variables, idempotency
from aws_service_kit.runtime.errors import (
    BadRequestError,
    ContentTooLargeError,
    InvalidInput,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from aws_service_kit.runtime.validation import validation_errors

# The default of the environment variable of this name, which the API's construct sets.
MAX_BODY_BYTES = 64 * 1024

_Model = TypeVar("_Model", bound=BaseModel)
# The largest number in a query parameter; handlers limit it further.
MAX_INTEGER = 999_999_999
_INTEGER = re.compile(rf"[0-9]{{1,{len(str(MAX_INTEGER))}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """A request. Names of headers are case-insensitive.

    Attributes:
        event: The event (AWS Lambda, "Input format of a Lambda function for proxy integration").
        correlation_id: The id of this request in logs, responses and messages.
    """

    event: Mapping[str, Any] = field(repr=False)
    correlation_id: str

    @property
    def caller(self) -> str:
        """Return the caller: a user pool's subject, an identity pool's identity, or a principal.

        All sessions of an assumed role (`AROA…:session`) are one caller, since the caller chooses
        the session's name; `principal` includes it (kit/guides/callers.md).

        Raises:
            UnauthenticatedError: No authorizer names a caller, or an identity pool doesn't name its
                identity.
        """
        subject = self.claims.get("sub") or self._identity.get("cognitoIdentityId")
        if subject:
            return str(subject)
        principal = str(self.principal or self._identity.get("userArn") or "")
        # All identities of an identity pool share this session name.
        if not principal or principal.endswith("CognitoIdentityCredentials"):
            raise UnauthenticatedError
        return principal.partition(":")[0] if principal.startswith("AROA") else principal

    @property
    def principal(self) -> str | None:
        """Return the IAM principal that signed the request, or None.

        A user (`AIDA…`), an account's root (its number), a federated user (`<account>:<name>`), or
        a session of a role (`AROA…:<session>`), which identifies a person only if the role's trust
        policy controls the names.

        Source: AWS IAM, "Policy elements: variables and tags" (principal key values).
        """
        return self._identity.get("caller")

    @property
    def _identity(self) -> Mapping[str, Any]:
        return (self.event.get("requestContext") or {}).get("identity") or {}

    @property
    def claims(self) -> Mapping[str, Any]:
        """Return the claims of the user pool's token, such as `sub`; empty for IAM callers."""
        authorizer = (self.event.get("requestContext") or {}).get("authorizer") or {}
        return authorizer.get("claims") or {}

    def header(self, name: str) -> str | None:
        """Return a header's value, or None."""
        return header(self.event, name)

    def header_values(self, name: str) -> list[str]:
        """Return all values of a header; `header` returns the last one."""
        return _values(self.event, name)

    def path(self, name: str) -> str:
        """Return a path parameter, or an empty text if the route lacks it."""
        return (self.event.get("pathParameters") or {}).get(name) or ""

    def query(self, name: str) -> str | None:
        """Return a query parameter's value, or None.

        Raises:
            BadRequestError: It has several values. The gateway, a firewall and the service could
                each read a different one.
        """
        if len((self.event.get("multiValueQueryStringParameters") or {}).get(name) or ()) > 1:
            raise _bad(InvalidInput("query", name, "repeated", "The parameter occurs twice."))
        value: str | None = (self.event.get("queryStringParameters") or {}).get(name)
        return value

    def required_header(self, name: str, *, pattern: re.Pattern[str]) -> str:
        """Return a header's value.

        Raises:
            BadRequestError: The header is missing, has several values, or doesn't match `pattern`.
        """
        if len(_values(self.event, name)) > 1:
            raise _bad(InvalidInput("header", name, "repeated", "The header occurs twice."))
        value = self.header(name)
        if value is None:
            raise _bad(InvalidInput("header", name, "missing", "The header is required."))
        if not pattern.fullmatch(value):
            raise _bad(InvalidInput("header", name, "pattern_mismatch", "The value isn't allowed."))
        return value

    def query_integer(self, name: str, *, default: int, maximum: int) -> int:
        """Return a query parameter between 1 and `maximum`; a larger value becomes `maximum`.

        Args:
            name: The parameter's name.
            default: The value if the parameter is missing.
            maximum: The largest value.

        Raises:
            BadRequestError: The value isn't a positive integer.
        """
        value = self.query(name)
        if value is None:
            return min(default, maximum)
        if not _INTEGER.fullmatch(value) or int(value) < 1:
            detail = "The value should be a positive integer of at most 9 digits."
            raise _bad(InvalidInput("query", name, "positive_integer", detail))
        return min(int(value), maximum)

    def json(self, model: type[_Model]) -> _Model:
        """Return the JSON body as a `model`.

        Raises:
            BadRequestError: The body is missing, isn't JSON, repeats a key in an object, or
                violates the model.
            ContentTooLargeError: The body has more bytes than the environment variable
                `MAX_BODY_BYTES` allows.
            UnsupportedMediaTypeError: The `Content-Type` isn't JSON.
        """
        _require_json(self.header("Content-Type"))
        body = self._body()
        _parse(body)
        try:
            return model.model_validate_json(body)
        except ValidationError as error:
            raise BadRequestError(
                "The body isn't valid.", invalid=validation_errors(error, model)
            ) from None

    @property
    def fingerprint(self) -> str:
        """Return an identifier of the JSON body as it was sent: 64 hexadecimal digits.

        Equal JSON has equal fingerprints in all releases, for any order of keys and any notation of
        numbers and characters (as in RFC 8785, but large integers keep all digits).

        Raises:
            BadRequestError: The body is missing, isn't JSON, or repeats a key in an object.
            ContentTooLargeError: As for `json`.
        """
        return idempotency.fingerprint(_parse(self._body()))

    @property
    def raw_body(self) -> bytes:
        """Return the body as it was sent; empty without one.

        API Gateway passes text on as UTF-8, and binary media types as base64.

        Raises:
            BadRequestError: The body isn't base64, although the event's `isBase64Encoded` is true.
            ContentTooLargeError: As for `json`.
        """
        # JSON is UTF-8: the parser rejects lone surrogates.
        body: bytes = (self.event.get("body") or "").encode("utf-8", "surrogatepass")
        if self.event.get("isBase64Encoded"):
            try:
                body = base64.b64decode(body, validate=True)
            except binascii.Error:
                raise _bad(InvalidInput("body", "", "base64", "Invalid base64.")) from None
        limit = int(environment_variables.optional("MAX_BODY_BYTES") or MAX_BODY_BYTES)
        if len(body) > limit:
            raise ContentTooLargeError(f"The body may have {limit} bytes.")
        return body

    def _body(self) -> bytes:
        if not self.event.get("body"):
            raise _bad(InvalidInput("body", "", "missing", "A JSON body is required."))
        return self.raw_body


def header(event: Mapping[str, Any], name: str) -> str | None:
    """Return the value of an event's header, or None; its name is case-insensitive."""
    wanted = name.lower()
    headers = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == wanted), None)


def _values(event: Mapping[str, Any], name: str) -> list[str]:
    wanted = name.lower()
    headers = event.get("multiValueHeaders") or {}
    return [value for key, all_ in headers.items() if key.lower() == wanted for value in all_]


def _parse(body: bytes) -> object:
    """Return the value of a JSON body; equal numbers have the same type.

    Raises:
        BadRequestError: The body isn't JSON (RFC 8259), or repeats a key in an object.
    """
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=_reject_constant,
            parse_float=_number,
        )
    # Not UTF-8, not JSON, an integer of thousands of digits, or nested too deeply.
    except (ValueError, RecursionError):
        raise _bad_body("json_invalid", "The value isn't valid.") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    # Parsers disagree on which value counts, so a firewall could have checked the other one.
    if len(found) < len(pairs):
        raise _bad_body("duplicate_key", "A key occurs twice in an object.")
    return found


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} isn't JSON")


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value


def _bad_body(code: str, detail: str) -> BadRequestError:
    return BadRequestError(
        "The body isn't valid.", invalid=[InvalidInput("body", "", code, detail)]
    )


def _require_json(content_type: str | None) -> None:
    """Accept JSON, `+json` types, and a missing type (RFC 9110, section 8.3)."""
    media_type = (content_type or "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise UnsupportedMediaTypeError("The body should be application/json.")


def _bad(invalid: InvalidInput) -> BadRequestError:
    return BadRequestError("The request isn't valid.", invalid=[invalid])
