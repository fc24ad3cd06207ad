from typing import Annotated, Literal

from aws_service_kit.constructs.json_schema import DRAFT_4, draft_4
from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal["a4"]


class Whole(BaseModel):
    size: Annotated[float, Field(gt=0, lt=10, examples=[1])]
    parts: list[Part]
    note: str | None = None


def test_a_model_becomes_a_draft_4_schema() -> None:
    assert draft_4(Whole) == {
        "$schema": DRAFT_4,
        "title": "Whole",
        "type": "object",
        "required": ["size", "parts"],
        "properties": {
            "size": {
                "title": "Size",
                "type": "number",
                "minimum": 0,
                "exclusiveMinimum": True,
                "maximum": 10,
                "exclusiveMaximum": True,
            },
            "parts": {
                "title": "Parts",
                "type": "array",
                "items": {"$ref": "#/definitions/Part"},
            },
            "note": {"title": "Note", "anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "definitions": {
            "Part": {
                "title": "Part",
                "type": "object",
                "additionalProperties": False,
                "required": ["format"],
                # The name of a property isn't a keyword.
                "properties": {"format": {"title": "Format", "enum": ["a4"], "type": "string"}},
            }
        },
    }
