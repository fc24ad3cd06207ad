"""What pydantic finds wrong, told without the input: that may be personal data."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import takewhile
from typing import Any

from pydantic import BaseModel, ValidationError

from aws_service_kit.runtime.errors import InvalidInput

# What pydantic's messages take from the model, or count. The rest comes from the input: a tag, or
# the words of a parser or validator, which may repeat it.
_HARMLESS = frozenset(
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


def body_errors(
    error: ValidationError, model: type[BaseModel] | None = None
) -> Iterator[InvalidInput]:
    """Yield one entry for each thing that is wrong with a JSON body that should be a `model`.

    Without the model no field can be told from a key that was sent, so none is named.
    """
    for entry in error.errors(include_input=False, include_url=False):
        detail = _detail(entry["msg"], entry.get("ctx", {}))
        yield InvalidInput("body", _pointer(entry["loc"], model), entry["type"], detail)


def _detail(message: str, context: Mapping[str, Any]) -> str:
    cause = context.get("error")
    # Errors of service and kit never hold values; others, such as `int("x")`'s, repeat them.
    if type(cause).__module__.startswith(("service.", "aws_service_kit.")):
        return str(cause)
    return message if context.keys() <= _HARMLESS else "The value isn't valid."


def _pointer(path: tuple[int | str, ...], model: type[BaseModel] | None) -> str:
    """Return the JSON pointer (RFC 6901) of a path, as far as it names fields and list indexes.

    Any other part is a key that was sent, or isn't part of the body, such as a union's branch.
    """
    names = frozenset() if model is None else _field_names(model)
    known = takewhile(lambda part: isinstance(part, int) or part in names, path)
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in known)


@cache
def _field_names(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of the fields of a model and of those within it, as they are sent."""
    schema = model.model_json_schema()
    parts = (schema, *schema.get("$defs", {}).values())
    return frozenset(name for part in parts for name in part.get("properties", {}))
