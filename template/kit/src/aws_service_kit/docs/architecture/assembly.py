"""Read one environment of a synthesized cloud assembly: its stacks and resources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aws_service_kit.docs.architecture.intrinsics import Resolver, Template
from aws_service_kit.docs.architecture.resource_types import OWNERS, ResourceType, resource_type_of
from aws_service_kit.docs.architecture.values import Joined, Reference, Value, dig, references


@dataclass(frozen=True)
class Resource:
    """A resource of a template, identified by its stack and logical id.

    Attributes:
        stack: The stack's short name, such as `api`.
        logical_id: Its logical id.
        type: Its CloudFormation type.
        name: Its readable name, derived from the ids of its constructs.
        properties: Its properties, resolved.
        deletion_policy: Its deletion policy, if the template states one.
    """

    stack: str
    logical_id: str
    type: str = field(compare=False)
    name: str = field(compare=False)
    properties: dict[str, Value] = field(compare=False)
    deletion_policy: str | None = field(compare=False, default=None)

    @property
    def diagram_type(self) -> ResourceType | None:
        """Its type in the diagram; None for a part of another resource."""
        return resource_type_of(self.type)

    def get(self, *path: str) -> Value:
        """Return the value of a property, or None."""
        return dig(self.properties, *path)

    @property
    def reference(self) -> Reference:
        """The reference to the resource."""
        return Reference(self.stack, self.logical_id)


@dataclass(frozen=True)
class Stack:
    """A stack with its resources, ordered by name.

    Attributes:
        name: Its short name, such as `api`.
        description: Its purpose.
        resources: All its resources.
    """

    name: str
    description: str
    resources: tuple[Resource, ...]


@dataclass(frozen=True)
class Assembly:
    """The stacks of one environment, ordered by name."""

    stacks: tuple[Stack, ...]
    _by_id: dict[tuple[str, str], Resource] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._by_id.update(
            ((resource.stack, resource.logical_id), resource) for resource in self.resources()
        )

    def resources(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of the given types, or all resources."""
        for stack in self.stacks:
            for resource in stack.resources:
                if not types or resource.type in types:
                    yield resource

    def named_by(self, value: Value) -> list[Resource]:
        """Return the resources that a value refers to, each once."""
        found = (self._by_id[item.stack, item.logical_id] for item in references(value))
        return list(dict.fromkeys(found))

    def shown_by(self, value: Value) -> list[Resource]:
        """Return the resources in the diagram that a value refers to, directly or by a part."""
        owners = (self.owner(resource) for resource in self.named_by(value))
        return [resource for resource in dict.fromkeys(owners) if resource.diagram_type is not None]

    def owner(self, resource: Resource) -> Resource:
        """Return the owner of a part, such as an alias's function; otherwise the resource."""
        owner = resource.get(OWNERS.get(resource.type, ""))
        named = self.named_by(owner)
        return self.owner(named[0]) if named else resource

    def text(self, value: Value) -> str:
        """Return a value as text, with the names of its resources."""
        match value:
            case Reference():
                written = self._name(value)
            case Joined(parts):
                written = "".join(self.text(part) for part in _without_prefix(parts))
            case list():
                written = ", ".join(self.text(item) for item in value)
            case dict():
                written = ", ".join(f"{key} {self.text(item)}" for key, item in value.items())
            case bool():
                written = str(value).lower()
            case _:
                written = "" if value is None else str(value)
        return written

    def _name(self, reference: Reference) -> str:
        resource = self._by_id[reference.stack, reference.logical_id]
        if resource.type == "AWS::Lambda::Alias":
            return f"{self.owner(resource).name}:{self.text(resource.get('Name'))}"
        return resource.name


def read(folder: Path, environment: str) -> Assembly:
    """Return the stacks of one environment.

    Args:
        folder: The cloud assembly.
        environment: The environment's name.
    """
    folder = folder / f"assembly-{environment}"
    by_path = {
        artifact["displayName"]: artifact
        for artifact in _json(folder / "manifest.json")["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    templates = {path: _template(folder, artifact) for path, artifact in by_path.items()}
    resolver = Resolver(tuple(templates.values()))
    stacks = [
        _stack(resolver, templates[path], _construct_paths(folder, artifact, path))
        for path, artifact in sorted(by_path.items())
    ]
    return Assembly(tuple(stacks))


def name_of(path: str, logical_id: str, diagram_type: ResourceType | None) -> str:
    """Return a resource's name, derived from the path of its construct.

    Args:
        path: Ids of the constructs within the stack, such as `SubmitRequest/Function/Resource`.
        logical_id: The resource's logical id.
        diagram_type: The resource's type, whose construct id is left out of the name.
    """
    ids = path.removesuffix("/Resource").split("/")
    if diagram_type is not None and ids[-1] == diagram_type.construct and len(ids) > 1:
        ids.pop()
    # A logical id that a component sets is already unique.
    return ids[-1] if ids[-1] == logical_id else "/".join(ids)


def _template(folder: Path, artifact: Mapping[str, Any]) -> Template:
    account, region = artifact["environment"].removeprefix("aws://").split("/")
    return Template(
        domain=artifact["displayName"].rpartition("/")[2],
        stack_name=artifact["properties"]["stackName"],
        account=account,
        region=region,
        body=_json(folder / artifact["properties"]["templateFile"]),
    )


def _construct_paths(folder: Path, artifact: Mapping[str, Any], stack: str) -> dict[str, str]:
    """Return the path within the stack of the construct of each logical id."""
    metadata = _json(folder / artifact["additionalMetadataFile"])
    return {
        entry["data"]: path.removeprefix(f"/{stack}/")
        for path, entries in metadata.items()
        for entry in entries
        if entry["type"] == "aws:cdk:logicalId"
    }


def _stack(resolver: Resolver, template: Template, paths: Mapping[str, str]) -> Stack:
    resources = [
        Resource(
            stack=template.domain,
            logical_id=logical_id,
            type=body["Type"],
            name=name_of(
                paths.get(logical_id, logical_id), logical_id, resource_type_of(body["Type"])
            ),
            properties={
                name: resolver.resolve(value, template)
                for name, value in body.get("Properties", {}).items()
            },
            deletion_policy=body.get("DeletionPolicy"),
        )
        for logical_id, body in template.body["Resources"].items()
    ]
    return Stack(
        name=template.domain,
        description=template.body.get("Description", ""),
        resources=tuple(sorted(resources, key=lambda item: (item.name, item.type))),
    )


def _without_prefix(parts: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return an ARN without the parts before its resource."""
    if not (parts and isinstance(parts[0], str) and parts[0].startswith("arn:")):
        return parts
    first = next((n for n, part in enumerate(parts) if isinstance(part, Reference)), 0)
    return parts[first:]


def _json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
