"""Breaking changes between two descriptions of a service's events.

Consumers break if a published event guarantees less than before. Producers break if the service
accepts less of a consumed event.
"""

from collections.abc import Iterator

from aws_service_kit.dev.compatibility.change import Change
from aws_service_kit.dev.compatibility.library import Direction, Json, Library
from aws_service_kit.dev.compatibility.openapi import of_schema
from aws_service_kit.dev.compatibility.schemas import Schema

DIRECTIONS = {"published": Direction.SENT, "consumed": Direction.RECEIVED}


def changes(library: Library, before: Json, after: Json) -> Iterator[Change]:
    """Find the changes of events that break their consumers or producers.

    Raises:
        CompatibilityError: The library isn't set up.
    """
    for role, direction in DIRECTIONS.items():
        later = after.get(role, {})
        for name, schema in before.get(role, {}).items():
            place = f"{role} event {name}"
            if name not in later:
                yield Change(f"{place} is gone")
                continue
            sides = Schema(schema, before["$defs"]), Schema(later[name], after["$defs"])
            yield from of_schema(library, *sides, direction, place)
