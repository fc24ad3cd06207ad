"""Validation errors of pydantic without the input, which may be personal data."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import takewhile
from typing import Any

from pydantic import BaseModel, ValidationError

from aws_service_kit.runtime.errors import InvalidInput, PublicError
from aws_service_kit.runtime.former_names import renamed

# Values in pydantic's messages that come from the model, or are counts. Other values come from the
# input: a tag, or the message of a parser or validator, which may repeat it.
_FROM_MODEL = frozenset(
    {
        "actual_length",
        "class",
        "class_name",
        "decimal_places",
        "discriminator",
        "expected",
        "expected_schemes",
        "expected_version",
        "field_type",
        "ge",
        "gt",
        "le",
        "lt",
        "max_digits",
        "max_length",
        "min_length",
        "multiple_of",
        "pattern",
        "whole_digits",
    }
)


def validation_errors(
    error: ValidationError, model: type[BaseModel] | None = None
) -> Iterator[InvalidInput]:
    """Yield an entry for each error of a JSON document that should be a `model`.

    Without the model, fields can't be distinguished from keys that were sent, so none is named.
    """
    for entry in error.errors(include_input=False, include_url=False):
        detail = _detail(entry["msg"], entry.get("ctx", {}))
        yield InvalidInput("body", _pointer(entry["loc"], model), entry["type"], detail)


body_errors = renamed(validation_errors, "body_errors")


def _detail(message: str, context: Mapping[str, Any]) -> str:
    cause = context.get("error")
    # Other exceptions, such as that of `int("x")`, may repeat the input.
    if isinstance(cause, PublicError):
        return cause.public_message
    return message if context.keys() <= _FROM_MODEL else "The value isn't valid."


def _pointer(path: tuple[int | str, ...], model: type[BaseModel] | None) -> str:
    """Return the JSON pointer (RFC 6901) of a path, as far as it names fields and list indexes.

    Another part is a key that was sent, or no part of the document, such as a union's branch.
    """
    names = frozenset() if model is None else _field_names(model)
    known = takewhile(lambda part: isinstance(part, int) or part in names, path)
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in known)


@cache
def _field_names(model: type[BaseModel]) -> frozenset[str]:
    """Return the names, as they are sent, of all fields of a model and its nested models."""
    schema = model.model_json_schema()
    parts = (schema, *schema.get("$defs", {}).values())
    return frozenset(name for part in parts for name in part.get("properties", {}))
