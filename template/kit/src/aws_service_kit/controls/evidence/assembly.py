"""The synthesized templates of all environments, with references resolved across stacks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from aws_service_kit.controls.evidence.intrinsics import Resolver, Template
from aws_service_kit.controls.evidence.values import (
    Joined,
    Reference,
    Value,
    dig,
    items,
    references,
)

FOLDER = "cdk.out"
MANIFEST = "manifest.json"
# The OpenAPI document, in the same folder as the templates.
OPENAPI = "openapi.json"
DOCUMENT = Path("docs", OPENAPI)
# The schemas of the service's events, in the same folder.
EVENTS = "events.json"
EVENTS_DOCUMENT = Path("docs", EVENTS)

# The property that refers from a part to its owner.
OWNERS = {
    "AWS::ApiGateway::Stage": "RestApiId",
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::Version": "FunctionName",
}


@dataclass(frozen=True)
class Resource:
    """A resource of a template, identified by environment, stack and logical id.

    Attributes:
        environment: Name of its stage; empty where the assembly has none.
        stack: The stack's name within the stage, such as `api`.
        logical_id: Its logical id.
        type: Its CloudFormation type.
        properties: Its properties, resolved.
        body: Its other attributes in the template, such as `DeletionPolicy`.
        account: The account that it is deployed to.
        region: The region that it is deployed to.
    """

    environment: str
    stack: str
    logical_id: str
    type: str = field(compare=False)
    properties: Mapping[str, Value] = field(compare=False)
    body: Mapping[str, Any] = field(compare=False)
    account: str = field(compare=False, default="")
    region: str = field(compare=False, default="")

    @property
    def name(self) -> str:
        """Its name in reports and waivers, equal in all environments."""
        return f"{self.stack}/{self.logical_id}"

    def get(self, *path: str) -> Value:
        """Return the value of a property, or None."""
        return dig(dict(self.properties), *path)


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly; empty if nothing was synthesized."""

    folder: Path
    all: tuple[Resource, ...] = ()

    @cached_property
    def environments(self) -> tuple[str, ...]:
        """The names of the environments."""
        return tuple(dict.fromkeys(resource.environment for resource in self.all))

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.all:
            found[resource.type].append(resource)
        return found

    @cached_property
    def _by_id(self) -> Mapping[tuple[str, str, str], Resource]:
        return {(item.environment, item.stack, item.logical_id): item for item in self.all}

    def resources(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of the given types, environment by environment."""
        for cloudformation_type in types:
            yield from self._by_type.get(cloudformation_type, ())

    def near(self, resource: Resource, *types: str) -> list[Resource]:
        """Return the resources of the given types in the same environment."""
        return [item for item in self.resources(*types) if item.environment == resource.environment]

    def named_by(self, resource: Resource, value: Value) -> list[Resource]:
        """Return the resources that a value refers to in a resource's environment, each once."""
        keys = ((resource.environment, item.stack, item.logical_id) for item in references(value))
        return list(dict.fromkeys(self._by_id[key] for key in keys if key in self._by_id))

    def made_before(self, resource: Resource) -> set[Resource]:
        """Return the resources that a resource refers to or depends on, created before it."""
        before: set[Resource] = set()
        waiting = [resource]
        while waiting:
            current = waiting.pop()
            named = self.named_by(current, dict(current.properties))
            for logical_id in items(current.body.get("DependsOn")):
                key = (current.environment, current.stack, str(logical_id))
                named += [self._by_id[key]] if key in self._by_id else []
            waiting += [other for other in named if other not in before]
            before.update(named)
        return before

    def owners(self, resource: Resource, value: Value) -> list[Resource]:
        """Return the same resources, with functions instead of their aliases and versions."""
        return list(dict.fromkeys(map(self.owner, self.named_by(resource, value))))

    def owner(self, resource: Resource) -> Resource:
        """Return the owner of a part, such as an alias's function; otherwise the resource."""
        named = self.named_by(resource, resource.get(OWNERS.get(resource.type, "")))
        return self.owner(named[0]) if named else resource


def read(folder: Path) -> Assembly:
    """Return a cloud assembly with its nested stages; an empty one if the folder doesn't exist."""
    found = tuple(_read(folder, "")) if (folder / MANIFEST).is_file() else ()
    return Assembly(folder, found)


def resources_of(templates: tuple[Template, ...], environment: str) -> Iterator[Resource]:
    """Yield the resources of the templates of one environment, with references resolved."""
    resolver = Resolver(templates)
    for template in templates:
        for logical_id, body in template.body.get("Resources", {}).items():
            yield _resource(resolver, template, environment, logical_id, body)


def text(value: Value) -> str:
    """Return a value for people to read, with references replaced by resource names."""
    match value:
        case Reference():
            return f"<{value.stack}/{value.logical_id}>"
        case Joined(parts):
            return "".join(map(text, parts))
        case None:
            return ""
        case list() | dict():
            return json.dumps(value, default=text, sort_keys=True)
    return str(value)


def _read(folder: Path, environment: str) -> Iterator[Resource]:
    artifacts = _json(folder / MANIFEST).get("artifacts", {}).values()
    templates = tuple(
        _template(folder, artifact, environment)
        for artifact in artifacts
        if artifact["type"] == "aws:cloudformation:stack"
    )
    yield from resources_of(templates, environment)
    for artifact in artifacts:
        if artifact["type"] == "cdk:cloud-assembly":
            properties = artifact["properties"]
            yield from _read(folder / properties["directoryName"], properties["displayName"])


def _template(folder: Path, artifact: Mapping[str, Any], environment: str) -> Template:
    account, region = artifact["environment"].removeprefix("aws://").split("/")
    properties = artifact["properties"]
    return Template(
        domain=artifact["displayName"].removeprefix(f"{environment}/").partition(" ")[0],
        stack_name=properties.get("stackName", artifact["displayName"]),
        account=account,
        region=region,
        body=_json(folder / properties["templateFile"]),
    )


def _resource(
    resolver: Resolver, template: Template, environment: str, logical_id: str, body: dict[str, Any]
) -> Resource:
    return Resource(
        environment=environment,
        stack=template.domain,
        logical_id=logical_id,
        type=body["Type"],
        properties={
            name: resolver.resolve(value, template)
            for name, value in body.get("Properties", {}).items()
        },
        body={key: value for key, value in body.items() if key != "Properties"},
        account=template.account,
        region=template.region,
    )


def _json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
