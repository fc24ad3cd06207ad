"""Strict parsers of AWS answers: what a proxy or a captive portal answers isn't taken for one.

The SDK parses leniently: for a JSON protocol, a page of HTML with a status of 200 is an object
without members, which for DynamoDB means that there is no such item. A body that it can't read
raises half a dozen kinds of exceptions.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

from botocore.model import Shape, StructureShape
from botocore.parsers import JSONParser, ResponseParser, ResponseParserError
from botocore.parsers import ResponseParserFactory as SdkParsers

from aws_service_kit.runtime.errors import RETRY_AFTER_SECONDS, UnreadableAnswerError

_METADATA = "ResponseMetadata"


class Answer(dict[str, Any]):
    """An operation's output; a member that it lacks is the dependency's fault, not a bug."""

    def __missing__(self, key: str) -> NoReturn:
        raise UnreadableAnswerError(f"An answer lacks {key}.", retry_after=RETRY_AFTER_SECONDS)


class Parsers(SdkParsers):
    """Makes the SDK's parsers, each of which reads a service's own answers only."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """Return the parser of a protocol."""
        return _Strict(super().create_parser(protocol_name))


class _Strict(ResponseParser):
    def __init__(self, parser: ResponseParser) -> None:
        super().__init__()
        self._parser = parser

    def parse(self, response: Mapping[str, Any], shape: Any) -> Any:  # noqa: ANN401 (the SDK's)
        """Return an answer, or an error that has at least a status.

        Raises:
            ResponseParserError: The answer isn't the service's. What it is stays out of the
                message: it may be anything.
        """
        failed = response["status_code"] >= HTTPStatus.MULTIPLE_CHOICES
        try:
            parsed = self._parser.parse(response, shape)
        except Exception:
            if not failed:
                raise ResponseParserError("The answer can't be read.") from None
            parsed = {}
        if failed:
            # The SDK reads an error twice: for its code, and for the members of that code's shape.
            of_code = shape is not None and shape.metadata.get("exception")
            return parsed if of_code or _has_code(parsed) else _error(response, parsed)
        if not isinstance(parsed, dict) or not self._is_answer(parsed, response["body"], shape):
            raise ResponseParserError("The answer isn't the service's.")
        return Answer(parsed)

    def _is_answer(self, parsed: Mapping[str, Any], body: Any, shape: Shape | None) -> bool:  # noqa: ANN401 (bytes or a stream)
        if parsed.keys() - {_METADATA}:
            return True
        # Without members, a service still says which request it answers.
        if "RequestId" not in parsed.get(_METADATA, ()):
            return False
        expected = isinstance(shape, StructureShape) and shape.members
        return not (expected and isinstance(self._parser, JSONParser)) or _is_object(body)


def _has_code(parsed: Mapping[str, Any]) -> bool:
    about = parsed.get("Error")
    # Without a code the SDK takes the status for it, and a whole page for the message.
    return (
        isinstance(about, dict)
        and isinstance(code := about.get("Code"), str)
        and not code.isdigit()
    )


def _error(response: Mapping[str, Any], parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the error that a status alone stands for."""
    status = response["status_code"]
    headers = {name.lower(): value for name, value in response["headers"].items()}
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": headers, **parsed.get(_METADATA, {})}
    return {"Error": {"Code": str(status), "Message": ""}, _METADATA: metadata}


def _is_object(body: bytes) -> bool:
    # What is cut short has no members either.
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False
