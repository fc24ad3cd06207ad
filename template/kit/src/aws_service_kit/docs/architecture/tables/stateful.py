"""The table of stateful resources: their logical ids and deletion policies."""

from __future__ import annotations

from collections.abc import Mapping

from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.markdown import code, table, text

LOG_GROUP = "AWS::Logs::LogGroup"
HEADINGS = ("Resource", "Stack", "Logical id")
ENDS = {
    "Delete": "deleted",
    "Retain": "kept",
    "RetainExceptOnCreate": "kept",
    "Snapshot": "kept as a snapshot",
}


def render(assemblies: Mapping[str, Assembly]) -> str:
    """Return a table of the stateful resources with their deletion policy in every environment.

    Log groups are left out: their retention is in another table.

    Args:
        assemblies: The environments by name.
    """
    # The environments have the same resources, except those that only some of them have.
    found: dict[Resource, dict[str, str]] = {}
    for name, assembly in assemblies.items():
        for resource in assembly.resources():
            if resource.deletion_policy is not None and resource.type != LOG_GROUP:
                end = ENDS.get(resource.deletion_policy, resource.deletion_policy)
                found.setdefault(resource, {})[name] = end
    return table(
        (*HEADINGS, *assemblies),
        [
            (
                f"{text(_title(resource))} {code(resource.name)}",
                code(resource.stack),
                code(resource.logical_id),
                *(ends.get(name, "none") for name in assemblies),
            )
            for resource, ends in found.items()
        ],
    )


def _title(resource: Resource) -> str:
    if resource.diagram_type is None:
        return resource.type.removeprefix("AWS::").replace("::", " ")
    return resource.diagram_type.title
