"""Example values that match a JSON Schema of an OpenAPI document."""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

WORD = "example"
# JSON Schema, "Defined formats".
FORMATS = {
    "date": "2026-01-02",
    "date-time": "2026-01-02T12:00:00Z",
    "duration": "P1D",
    "email": "someone@example.com",
    "time": "12:00:00Z",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def example(specification: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 (JSON)
    """Return the example of a schema, or else a minimal value.

    For a text with a pattern and without an example, this is the pattern in angle brackets.

    Args:
        specification: The OpenAPI document, in which `$ref` is resolved.
        schema: The schema.
    """
    if "$ref" in schema:
        *_, name = schema["$ref"].split("/")
        return example(specification, specification["components"]["schemas"][name])
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("example", "const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if choices:
        return example(specification, choices[0])
    return _minimal(specification, schema)


def _minimal(specification: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 (JSON)
    types = schema.get("type", "object" if "properties" in schema else "string")
    match types[0] if isinstance(types, list) else types:
        case "object":
            required = schema.get("required", [])
            return {name: example(specification, schema["properties"][name]) for name in required}
        case "array":
            return [example(specification, schema.get("items", {}))] * schema.get("minItems", 0)
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "null":
            return None
    return _text(schema)


def _number(schema: Mapping[str, Any]) -> float:
    """Return 1, or the nearest value within the limits."""
    least: float = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    most: float = schema.get("maximum", schema.get("exclusiveMaximum", inf) - 1)
    value = min(max(1, least), most)
    step = schema.get("multipleOf")
    if step is None:
        return value
    above: float = -(-value // step) * step
    return above if above <= most else above - step


def _text(schema: Mapping[str, Any]) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    pattern = schema.get("pattern")
    text = WORD.ljust(schema.get("minLength", 0), "e")[: schema.get("maxLength")]
    return text if pattern is None or re.search(pattern, text) else f"<{pattern}>"
