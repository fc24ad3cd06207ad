"""JSON Schemas of the service's events, generated from models that the team declares.

Two optional modules declare the data of events: `service.handlers.published_events` and
`service.handlers.consumed_events`. Each has a mapping `EVENTS` from event types to models.
"""

import importlib
import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from aws_service_kit.app.model_schemas import Json, schemas_of
from aws_service_kit.config import ConfigError
from aws_service_kit.controls.evidence.assembly import EVENTS
from aws_service_kit.runtime.envelope import Envelope

Events = Mapping[str, type[BaseModel]]

HANDLERS = "service.handlers"
# Schemas of published events describe serialization, those of consumed events validation.
MODES: Mapping[str, JsonSchemaMode] = {"consumed": "validation", "published": "serialization"}


def document(events: Mapping[str, Events]) -> Json:
    """Return JSON Schemas (2020-12) of events, each for the envelope with its data.

    Args:
        events: Models by event types, for each key of `MODES`.

    Returns:
        The document, which is deterministic.
    """
    uses = [(model, MODES[role]) for role in MODES for model in events[role].values()]
    references, definitions = schemas_of(uses, "#/$defs/{model}")
    roles = {
        role: {
            name: _enveloped(name, references[model, mode], mode)
            for name, model in events[role].items()
        }
        for role, mode in MODES.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **roles,
        "$defs": definitions,
    }


def write(folder: Path) -> None:
    """Write the schemas of the service's events into an assembly, if it declares events."""
    path = folder / EVENTS
    path.unlink(missing_ok=True)
    events = {role: _declared(f"{HANDLERS}.{role}_events") for role in MODES}
    if any(events.values()):
        text = json.dumps(document(events), indent=2, sort_keys=True) + "\n"
        path.write_text(text, encoding="utf-8")


def _enveloped(name: str, data: Json, mode: JsonSchemaMode) -> Json:
    envelope = Envelope.model_json_schema(mode=mode)
    properties = {**envelope["properties"], "type": {"const": name}, "data": data}
    return {
        "type": "object",
        "title": name,
        "properties": properties,
        "required": envelope["required"],
    }


def _is_model(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)


def _declared(module: str) -> Events:
    if find_spec(HANDLERS) is None or find_spec(module) is None:
        return {}
    events: Events = getattr(importlib.import_module(module), "EVENTS", None) or {}
    if not isinstance(events, Mapping) or not all(map(_is_model, events.values())):
        raise ConfigError(f"{module}: EVENTS maps event types to pydantic models")
    return {str(name): model for name, model in events.items()}
