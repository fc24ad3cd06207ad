"""Find breaking changes between two OpenAPI documents, for callers of the API.

A caller breaks if the API accepts less, or guarantees less, than before. If the API accepts or
returns more, no caller breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aws_service_kit.dev.compatibility.change import Change
from aws_service_kit.dev.compatibility.library import Direction, Json, Library
from aws_service_kit.dev.compatibility.schemas import Schema, differences

METHODS = ("delete", "get", "head", "options", "patch", "post", "put", "trace")
PATH_PARAMETER = re.compile(r"\{[^}+]+\}")


@dataclass(frozen=True)
class Operation:
    """An operation of a document.

    Attributes:
        name: Method and path, such as `GET /requests/{id}`.
        content: The operation's object in the document.
        document: The document, in which its references are resolved.
    """

    name: str
    content: Json
    document: Json

    @property
    def key(self) -> str:
        """Method and path without names of path parameters, which callers don't use."""
        return PATH_PARAMETER.sub("{}", self.name)

    @property
    def parameters(self) -> dict[str, Json]:
        """The parameters: those in the path by their position, headers in lower case."""
        found = [self.resolve(each) for each in self.content.get("parameters", ())]
        return {self._called(each["in"], each["name"]): each for each in found}

    def _called(self, location: str, name: str) -> str:
        if location == "header":
            return f"header {name.lower()}"
        in_path = [each.strip("{}") for each in PATH_PARAMETER.findall(self.name)]
        if location == "path" and name in in_path:
            return f"path parameter {in_path.index(name) + 1}"
        return f"{location} parameter {name}"

    @property
    def body(self) -> Json | None:
        """The request's body."""
        body = self.content.get("requestBody")
        return body and self.resolve(body)

    @property
    def successes(self) -> dict[str, Json]:
        """The responses with a status of success, by status."""
        return {
            status: self.resolve(response)
            for status, response in self.content.get("responses", {}).items()
            if status.startswith("2")
        }

    @property
    def credentials(self) -> set[frozenset[str]]:
        """The alternative credentials: sets of requirements, empty without authentication."""
        schemes = self.document.get("components", {}).get("securitySchemes", {})
        ways = self.content.get("security", self.document.get("security")) or [{}]
        return {
            frozenset(
                str((sorted(scopes), sorted(_undescribed(schemes[name]).items())))
                for name, scopes in way.items()
            )
            for way in ways
        }

    def resolve(self, value: Json) -> Json:
        """Return the target of a reference, such as a response that operations share."""
        if "$ref" not in value:
            return value
        found: Any = self.document
        for key in value["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        return dict(found)

    def schema(self, body: Json) -> Schema:
        """Return a schema with the document's definitions."""
        return Schema(body, self.document.get("components", {}).get("schemas", {}))


def operations(document: Json) -> dict[str, Operation]:
    """Return the operations of a document by their keys."""
    found = [
        Operation(f"{method.upper()} {path}", content, document)
        for path, item in document.get("paths", {}).items()
        for method, content in item.items()
        if method in METHODS
    ]
    return {operation.key: operation for operation in found}


def changes(library: Library, before: Json, after: Json) -> Iterator[Change]:
    """Find the changes of an API that break its callers.

    Raises:
        CompatibilityError: The library isn't set up.
    """
    later = operations(after)
    for key, operation in operations(before).items():
        if key in later:
            yield from _of_operation(library, operation, later[key])
        else:
            yield Change(f"{operation.name} is gone")
    addresses = {server["url"] for server in after.get("servers", ())}
    for server in before.get("servers", ()) if later else ():
        if server["url"] not in addresses:
            yield Change(f"{server['url']} is gone")


def _of_operation(library: Library, before: Operation, after: Operation) -> Iterator[Change]:
    name = before.name
    was, now = before.content.get("operationId"), after.content.get("operationId")
    if was != now:
        yield Change(f"{name} is called otherwise", f"was {was}, is {now}")
    if not all(any(way <= known for way in after.credentials) for known in before.credentials):
        yield Change(f"{name} demands other credentials")
    yield from _of_parameters(library, before, after)
    yield from _of_body(library, before, after)
    responses = after.successes
    for status, response in before.successes.items():
        place = f"{name} response {status}"
        if status not in responses:
            yield Change(f"{place} is gone")
            continue
        kept = {header.lower() for header in responses[status].get("headers", {})}
        for header in response.get("headers", {}):
            if header.lower() not in kept:
                yield Change(f"{place} header {header} is gone")
        sides = (before, response), (after, responses[status])
        yield from _of_content(library, *sides, Direction.SENT, place)


def _of_parameters(library: Library, before: Operation, after: Operation) -> Iterator[Change]:
    later = after.parameters
    for key, parameter in before.parameters.items():
        place = f"{before.name} {key}"
        if key not in later:
            yield Change(f"{place} is gone")
            continue
        if later[key].get("required") and not parameter.get("required"):
            yield Change(f"{place} is required")
        yield from of_schema(
            library,
            before.schema(parameter.get("schema", {})),
            after.schema(later[key].get("schema", {})),
            Direction.RECEIVED,
            place,
        )
    for key in later.keys() - before.parameters.keys():
        if later[key].get("required"):
            yield Change(f"{before.name} {key} is required")


def _of_body(library: Library, before: Operation, after: Operation) -> Iterator[Change]:
    place = f"{before.name} body"
    if after.body is None:
        if before.body is not None:
            yield Change(f"{place} is gone")
        return
    if after.body.get("required") and not (before.body or {}).get("required"):
        yield Change(f"{place} is required")
    if before.body is not None:
        sides = (before, before.body), (after, after.body)
        yield from _of_content(library, *sides, Direction.RECEIVED, place)


def _of_content(
    library: Library,
    before: tuple[Operation, Json],
    after: tuple[Operation, Json],
    direction: Direction,
    place: str,
) -> Iterator[Change]:
    """Compare the media types of two bodies."""
    later = after[1].get("content", {})
    for media_type, content in before[1].get("content", {}).items():
        if media_type in later:
            yield from of_schema(
                library,
                before[0].schema(content.get("schema", {})),
                after[0].schema(later[media_type].get("schema", {})),
                direction,
                place,
            )
        else:
            yield Change(f"{place} as {media_type} is gone")


def of_schema(
    library: Library, before: Schema, after: Schema, direction: Direction, place: str
) -> Iterator[Change]:
    """Compare two schemas, and yield the breaking changes, named after the models in the schemas.

    Raises:
        CompatibilityError: The library isn't set up.
    """
    for name, detail in differences(library, before, after, direction, place):
        yield Change(name, detail, (place,))


def _undescribed(scheme: Json) -> dict[str, str]:
    return {key: str(value) for key, value in scheme.items() if key != "description"}
