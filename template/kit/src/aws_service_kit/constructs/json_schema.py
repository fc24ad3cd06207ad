"""JSON Schema draft 4, for request models of API Gateway."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

JsonSchema = dict[str, Any]

# https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
# `format` is left out: API Gateway checks few formats, and pydantic has others.
KEYWORDS = frozenset(
    {
        "additionalProperties", "allOf", "anyOf", "description", "enum", "exclusiveMaximum",
        "exclusiveMinimum", "items", "maxItems", "maxLength", "maximum", "minItems", "minLength",
        "minimum", "multipleOf", "not", "oneOf", "pattern", "properties", "required", "title",
        "type", "uniqueItems",
    }
)  # fmt: skip
DRAFT_4 = "http://json-schema.org/draft-04/schema#"


def draft_4(model: type[BaseModel]) -> JsonSchema:
    """Return the JSON Schema of a pydantic model's input, in draft 4.

    Keywords that draft 4 lacks are translated where draft 4 has an equivalent, else dropped. API
    Gateway then accepts more, and the handler's model rejects it.
    """
    schema = model.model_json_schema(mode="validation")
    definitions = schema.pop("$defs", {})
    converted = {"$schema": DRAFT_4, **_convert(schema)}
    if definitions:
        converted["definitions"] = _convert_each(definitions)
    return converted


def _convert(schema: Mapping[str, Any]) -> JsonSchema:
    converted: JsonSchema = {}
    for keyword, value in schema.items():
        match keyword:
            case "$ref":
                converted["$ref"] = value.replace("#/$defs/", "#/definitions/")
            case "const":
                converted["enum"] = [value]
            case "properties":
                converted["properties"] = _convert_each(value)
            case "exclusiveMinimum" | "exclusiveMaximum":
                # A number in current drafts, a flag next to the bound in draft 4.
                converted[keyword.removeprefix("exclusive").lower()] = value
                converted[keyword] = True
            case _ if keyword in KEYWORDS:
                converted[keyword] = _convert_value(value)
    return converted


def _convert_each(schemas: Mapping[str, Mapping[str, Any]]) -> JsonSchema:
    return {name: _convert(schema) for name, schema in schemas.items()}


def _convert_value(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return _convert(value)
    if isinstance(value, list):
        return [_convert_value(item) for item in value]
    return value
