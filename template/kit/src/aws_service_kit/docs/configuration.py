"""Write docs/configuration.md: every key of team.toml, from the models that read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_service_kit.config import EnvironmentConfig, ServiceConfig
from aws_service_kit.config.model import Model, keys_of, table_of
from aws_service_kit.config.resources import ResourceSettings
from aws_service_kit.config.schema import PROFILES
from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.markdown import code, table, text, times

DOCUMENT_PATH = Path("docs", "configuration.md")

DOCUMENT = """\
<!-- Derived: `python3 dev.py derive` writes this page (tooling/ownership.toml). -->
# Configuration of {name}

The keys of `infrastructure/config/team.toml`. A key overrides the answer to the template's question
(`infrastructure/config/answers.toml`), and both override the default. The table of one environment
overrides the table of all environments, `[environments."*"]`:

```toml
[environments."*".alarms]
dead_letter_messages = 5

[environments.prod.functions.ConsumeRequest]
additional_timeout_seconds = 30
memory_mb = 1024
```

{sections}
"""

OF_RESOURCES = """\
{summary} The id `"*"` means all of them. A key overrides the argument in the stack, and both
override the default. Ids in this service: {ids}."""

FUNCTION, QUEUE = "AWS::Lambda::Function", "AWS::SQS::Queue"
EVENT_SOURCE = "AWS::Lambda::EventSourceMapping"
# The resource types whose construct ids are the keys of a table.
TYPES = {
    "functions": FUNCTION,
    "queues": QUEUE,
    "dead_letter_queues": QUEUE,
    "stream_consumers": EVENT_SOURCE,
    "schedules": "AWS::Scheduler::Schedule",
    "buckets": "AWS::S3::Bucket",
    "event_buses": "AWS::Events::EventBus",
    "state_machines": "AWS::StepFunctions::StateMachine",
    "secrets": "AWS::SecretsManager::Secret",
}


@dataclass(frozen=True)
class Section:
    """A table of team.toml.

    Attributes:
        path: The names in its header, with `NAME` for an environment and `ID` for a resource.
        model: The model that reads it.
    """

    path: tuple[str, ...]
    model: type[Model]

    @property
    def address(self) -> str:
        """The table's header in TOML."""
        return code(f"[{'.'.join(self.path)}]")

    @property
    def summary(self) -> str:
        """The first line of the model's docstring."""
        return (self.model.__doc__ or "").partition("\n")[0]


def write(root: Path, config: ServiceConfig, environments: Mapping[str, Assembly]) -> None:
    """Write the document of the project in a folder, from every environment's assembly."""
    document = render(config, list(environments.values()))
    path = root / DOCUMENT_PATH
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document, encoding="utf-8")


def render(config: ServiceConfig, assemblies: Sequence[Assembly]) -> str:
    """Return the document.

    Args:
        config: The service's configuration.
        assemblies: Every environment, for the ids of its resources.
    """
    return DOCUMENT.format(
        name=text(config.service.name),
        sections="\n\n".join(
            f"## {section.address}\n\n{_introduction(section, assemblies)}\n\n{_keys(section)}"
            for section in sections()
        ),
    )


def sections(model: type[Model] = ServiceConfig, *path: str) -> Iterator[Section]:
    """Yield every table of team.toml, each before the tables in it."""
    keys = keys_of(model)
    if path and any(table_of(field.annotation) is None for field in keys.values()):
        yield Section(path, model)
    for name, field in keys.items():
        inner = table_of(field.annotation)
        if inner is None:
            continue
        below = (*path, name)
        if inner is EnvironmentConfig:
            below = (*below, "NAME")
        elif issubclass(inner, ResourceSettings):
            below = (*below, "ID")
        yield from sections(inner, *below)


def ids(table_name: str, assemblies: Sequence[Assembly]) -> list[str]:
    """Return the construct ids of the resources that a table configures."""
    return sorted(
        {
            resource.name.rpartition("/")[2]
            for assembly in assemblies
            for resource in assembly.resources(TYPES[table_name])
            if _is_configured_in(table_name, resource)
        }
    )


def _is_configured_in(table_name: str, resource: Resource) -> bool:
    if resource.type == EVENT_SOURCE:
        # A queue's consumer is configured with its queue, and has no starting position.
        return resource.get("StartingPosition") is not None
    return resource.type != QUEUE or _is_dead_letter(resource) is ("dead" in table_name)


def _is_dead_letter(queue: Resource) -> bool:
    return queue.get("RedrivePolicy") is None


def _introduction(section: Section, assemblies: Sequence[Assembly]) -> str:
    if not issubclass(section.model, ResourceSettings):
        return section.summary
    known = times(ids(section.model.TABLE, assemblies))
    return OF_RESOURCES.format(summary=section.summary, ids=known or "none")


def _keys(section: Section) -> str:
    schemas: Mapping[str, Any] = section.model.model_json_schema(by_alias=True)["properties"]
    profiles = PROFILES if section.model is EnvironmentConfig else {}
    return table(
        ("Key", "Default", "Values", "Effect"),
        [
            (
                code(name),
                _default(name, schemas[name], profiles),
                _values(schemas[name]),
                _effect(schemas[name]),
            )
            for name, field in keys_of(section.model).items()
            if table_of(field.annotation) is None
        ],
    )


def _default(
    name: str, schema: Mapping[str, Any], profiles: Mapping[Any, Mapping[str, Any]]
) -> str:
    """Return the default of a key, for each environment if the defaults differ."""
    of_profiles = {each: profile[name] for each, profile in profiles.items() if name in profile}
    if of_profiles:
        if len(set(of_profiles.values())) == 1:
            return _written(next(iter(of_profiles.values())))
        return ", ".join(f"{each} {_written(value)}" for each, value in of_profiles.items())
    if "default" not in schema:
        return "the answer, or required"
    argument = f"{code(schema['argument'] + '=')} in the stack" if "argument" in schema else ""
    if schema["default"] in (None, "", [], {}):
        return argument or "none"
    value = _written(schema["default"])
    return f"{argument}, else {value}" if argument else value


def _effect(schema: Mapping[str, Any]) -> str:
    """Return a key's description, which is Markdown, for a table's cell."""
    description: str = schema["description"]
    return description.replace("|", r"\|")


def _written(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_written, value))
    return code(str(value).lower() if isinstance(value, bool) else str(value))


def _values(schema: Mapping[str, Any]) -> str:
    """Return the allowed values of a key, and their unit."""
    given = next((each for each in schema.get("anyOf", ()) if each["type"] != "null"), schema)
    unit = given.get("unit") or schema.get("unit", "")
    match given:
        case {"enum": values}:
            written = _written(values)
        case {"const": value}:
            written = _written(value)
        case {"type": "boolean"}:
            written = "`true`, `false`"
        case {"type": "integer" | "number"}:
            written = _range(given)
        case {"type": "array", "items": items}:
            return f"list: {_values(items)}"
        case {"type": "object"}:
            written = "table"
        case _:
            written = "text"
    return f"{written} {unit}".strip()


def _range(schema: Mapping[str, Any]) -> str:
    least = schema.get("minimum", 1 if schema.get("exclusiveMinimum") == 0 else None)
    most = schema.get("maximum")
    if "exclusiveMaximum" in schema:
        return f"{least:g} to less than {schema['exclusiveMaximum']:g}"
    return f"{least:g} or more" if most is None else f"{least:g} to {most:g}"
