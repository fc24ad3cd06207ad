"""Strict parsers of AWS responses: a response of a proxy or a captive portal is an error.

The SDK parses leniently. With a JSON protocol, it reads HTML with status 200 as an object without
members. For DynamoDB, that means that the item doesn't exist. An unreadable body raises one of six
types of exceptions.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

from botocore.model import Shape, StructureShape
from botocore.parsers import (
    JSONParser,
    ResponseParser,
    ResponseParserError,
    ResponseParserFactory,
)

from aws_service_kit.runtime.errors import RETRY_AFTER_SECONDS, UnreadableResponseError

_METADATA = "ResponseMetadata"


class OperationOutput(dict[str, Any]):
    """The output of an operation; a missing member is a failure of the dependency, not a bug."""

    def __missing__(self, key: str) -> NoReturn:
        raise UnreadableResponseError(f"The response lacks {key}.", retry_after=RETRY_AFTER_SECONDS)


class StrictParserFactory(ResponseParserFactory):
    """Creates parsers of the SDK that accept responses of AWS only."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """Return the parser of a protocol."""
        return _Strict(super().create_parser(protocol_name))


class _Strict(ResponseParser):
    def __init__(self, parser: ResponseParser) -> None:
        super().__init__()
        self._parser = parser

    def parse(self, response: Mapping[str, Any], shape: Any) -> Any:  # noqa: ANN401 (the SDK's)
        """Return the output of an operation, or an error that has at least a status.

        Raises:
            ResponseParserError: The response isn't from AWS. The message doesn't contain its
                content, which may be anything.
        """
        failed = response["status_code"] >= HTTPStatus.MULTIPLE_CHOICES
        try:
            parsed = self._parser.parse(response, shape)
        except Exception:
            if not failed:
                raise ResponseParserError("The response can't be read.") from None
            parsed = {}
        if failed:
            # The SDK parses an error twice: for its code, then for the members of that code's
            # shape.
            has_shape = shape is not None and shape.metadata.get("exception")
            return parsed if has_shape or _has_code(parsed) else _error(response, parsed)
        if not isinstance(parsed, dict) or not self._is_from_aws(parsed, response["body"], shape):
            raise ResponseParserError("The response isn't from AWS.")
        return OperationOutput(parsed)

    def _is_from_aws(self, parsed: Mapping[str, Any], body: Any, shape: Shape | None) -> bool:  # noqa: ANN401 (bytes or a stream)
        if parsed.keys() - {_METADATA}:
            return True
        # An output without members still has the id of its request.
        if "RequestId" not in parsed.get(_METADATA, ()):
            return False
        expected = isinstance(shape, StructureShape) and shape.members
        return not (expected and isinstance(self._parser, JSONParser)) or _is_object(body)


def _has_code(parsed: Mapping[str, Any]) -> bool:
    about = parsed.get("Error")
    # Without a code, the SDK uses the status as the code and the whole body as the message.
    return (
        isinstance(about, dict)
        and isinstance(code := about.get("Code"), str)
        and not code.isdigit()
    )


def _error(response: Mapping[str, Any], parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the error for a response that has no error code, only a status."""
    status = response["status_code"]
    headers = {name.lower(): value for name, value in response["headers"].items()}
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": headers, **parsed.get(_METADATA, {})}
    return {"Error": {"Code": str(status), "Message": ""}, _METADATA: metadata}


def _is_object(body: bytes) -> bool:
    # The parsed output of a truncated body has no members either.
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False
