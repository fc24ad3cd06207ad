"""Find the parts of a JSON Schema that accept less, or guarantee less, than an earlier schema.

`jsoncompat` checks whether two schemas are compatible. This module finds and names the parts that
aren't.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_service_kit.dev.compatibility.library import Direction, Json, Library

# The path of a part of a schema, such as `("properties", "priority")`.
Place = tuple[str | int, ...]

# Keywords whose value maps names to schemas, and keywords whose value contains no schema.
NAMED = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})
PLAIN = frozenset({"const", "enum", "required"})
# Keywords that don't change which values are valid.
ANNOTATIONS = frozenset(
    {
        "$comment",
        "default",
        "deprecated",
        "description",
        "discriminator",
        "examples",
        "readOnly",
        "title",
        "writeOnly",
    }
)
LONGEST_DETAIL = 120


@dataclass(frozen=True)
class Schema:
    """A schema with the definitions that it refers to.

    Attributes:
        body: The schema.
        definitions: Schemas by the last part of a reference to them, such as `RequestView`.
    """

    body: Json
    definitions: Mapping[str, Json]

    def plain(self, direction: Direction, prefix: str = "") -> Schema:
        """Return the schema without annotations.

        Args:
            direction: In sent schemas, objects may have additional members, because receivers
                ignore unknown members.
            prefix: A prefix for the names of the definitions, which makes them unique.
        """

        def change(schema: Json) -> Json:
            kept = _without(schema, *ANNOTATIONS)
            if direction is Direction.SENT and kept.get("additionalProperties") is False:
                del kept["additionalProperties"]
            if "$ref" in kept:
                kept["$ref"] = f"#/$defs/{prefix}{_target(kept)}"
            return kept

        definitions = {
            f"{prefix}{name}": _rewritten(body, change) for name, body in self.definitions.items()
        }
        return Schema(_rewritten(self.body, change), definitions)

    def resolve(self, body: Json) -> Json:
        """Return a part of the schema with its reference replaced by the definition."""
        if "$ref" not in body:
            return body
        return {**self.resolve(self.definitions[_target(body)]), **_without(body, "$ref")}

    def used(self) -> Json:
        """Return the schema with the definitions that it uses, by name."""
        found: Json = {"": self.body}
        waiting = [self.body]
        while waiting:
            for name in _references(waiting.pop()):
                if name not in found:
                    found[name] = self.definitions[name]
                    waiting.append(found[name])
        return found


def differences(
    library: Library, before: Schema, after: Schema, direction: Direction, name: str
) -> Iterator[tuple[str, str]]:
    """Find the values that an earlier schema accepts or guarantees, and a later one doesn't.

    Args:
        library: Compares schemas.
        before: The earlier schema.
        after: The later schema.
        direction: Whether the service receives or sends the values.
        name: The name of the schema if it isn't a model.

    Yields:
        The name of each change, such as `RequestView.reason is gone`, and its details, if any.

    Raises:
        CompatibilityError: The library isn't set up.
    """
    if before.plain(direction).used() == after.plain(direction).used():
        return
    old, new = before.plain(direction, "before."), after.plain(direction, "after.")
    search = _Search(library, old, new, direction)
    yield from search.differences(old.body, new.body, name, frozenset())


@dataclass(frozen=True)
class _Search:
    library: Library
    before: Schema
    after: Schema
    direction: Direction

    def differences(
        self, before: Json, after: Json, name: str, above: frozenset[str]
    ) -> Generator[tuple[str, str], None, bool]:
        """Yield the breaking changes; return whether there is any."""
        if self._compatible(before, after):
            return False
        model = _target(before).removeprefix("before.") if "$ref" in before else ""
        if model in above:  # a recursive model, which is compared already
            return True
        name = model or name
        inside = above | {model} if model else above
        before, after = self.before.resolve(before), self.after.resolve(after)
        rest = after
        for place, suffix in _parts(before, after):
            part = _at(before, place)
            if (yield from self.differences(part, _at(after, place), name + suffix, inside)):
                rest = _with(rest, place, part)
        # If these parts are as before, other differences are left, such as required members.
        if rest is after or not self._compatible(before, rest):
            yield from _named(before, rest, self.direction, name)
        return True

    def _compatible(self, before: Json, after: Json) -> bool:
        definitions = {**self.before.definitions, **self.after.definitions}
        old, new = (
            _rewritten(
                {**body, "$defs": _without(Schema(body, definitions).used(), "")},
                _format_as_pattern,
            )
            for body in (before, after)
        )
        return self.library.compatible(old, new, self.direction)


def _rewritten(schema: Any, change: Callable[[Json], Json]) -> Any:  # noqa: ANN401 - any JSON
    """Apply a change to a schema and to each schema in it."""
    if isinstance(schema, list):
        return [_rewritten(each, change) for each in schema]
    if not isinstance(schema, dict):
        return schema
    changed: Json = {}
    for key, value in schema.items():
        if key in PLAIN:
            changed[key] = value
        elif key in NAMED:
            changed[key] = {name: _rewritten(each, change) for name, each in value.items()}
        else:
            changed[key] = _rewritten(value, change)
    return change(changed)


def _format_as_pattern(schema: Json) -> Json:
    """Move the format of a schema into its pattern, because `jsoncompat` ignores formats."""
    if "format" not in schema:
        return schema
    pattern = f"{schema.get('pattern', '')}(?:{schema['format']})"
    return {**_without(schema, "format"), "pattern": pattern}


def _parts(before: Json, after: Json) -> Iterator[tuple[Place, str]]:
    """Yield the paths of parts that both schemas have, and suffixes for their names."""
    properties = after.get("properties", {})
    for name, part in before.get("properties", {}).items():
        if isinstance(part, dict) and isinstance(properties.get(name), dict):
            yield ("properties", name), f".{name}"
    for key in ("items", "additionalProperties"):
        if isinstance(before.get(key), dict) and isinstance(after.get(key), dict):
            yield (key,), "[]"
    for key in ("anyOf", "oneOf"):
        if key in before and len(before[key]) == len(after.get(key, ())):
            yield from (((key, number), "") for number in range(len(before[key])))


def _at(schema: Json, place: Place) -> Json:
    found: Any = schema
    for key in place:
        found = found[key]
    return dict(found)


def _with(schema: Json, place: Place, part: Json) -> Json:
    """Return a schema with another part at a place."""
    key, within = str(place[0]), place[1:]
    if not within:
        return {**schema, key: part}
    inner = schema[key]
    if isinstance(inner, list):
        replaced: Any = [part if number == within[0] else each for number, each in enumerate(inner)]
    else:
        replaced = {**inner, within[0]: part}
    return {**schema, key: replaced}


def _named(before: Json, after: Json, direction: Direction, name: str) -> Iterator[tuple[str, str]]:
    """Yield the changes of members that a schema accepts or guarantees less, or of the schema."""
    was, now = set(before.get("required", ())), set(after.get("required", ()))
    removed = set(before.get("properties", ())) - set(after.get("properties", ()))
    if direction is Direction.RECEIVED:
        removed = removed if after.get("additionalProperties") is False else set()
        members = {f"{name}.{member} is required": "" for member in sorted(now - was)}
        whole = f"{name} accepts less"
    else:
        members = {f"{name}.{member} may be missing": "" for member in sorted(was - now - removed)}
        whole = f"{name} guarantees less"
    members |= {f"{name}.{member} is gone": "" for member in sorted(removed)}
    yield from (members or {whole: f"was {_short(before)}, is {_short(after)}"}).items()


def _short(schema: Json) -> str:
    text = json.dumps(schema).replace("#/$defs/before.", "").replace("#/$defs/after.", "")
    return text if len(text) <= LONGEST_DETAIL else f"{text[:LONGEST_DETAIL]}…"


def _without(schema: Json, *keys: str) -> Json:
    return {key: value for key, value in schema.items() if key not in keys}


def _target(schema: Json) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _references(schema: Json) -> list[str]:
    found: list[str] = []

    def note(part: Json) -> Json:
        if "$ref" in part:
            found.append(_target(part))
        return part

    _rewritten(schema, note)
    return found
