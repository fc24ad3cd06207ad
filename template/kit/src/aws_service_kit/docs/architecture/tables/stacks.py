"""The stacks of the service."""

from __future__ import annotations

from aws_service_kit.docs.architecture.assembly import Resource
from aws_service_kit.docs.architecture.graph import Graph
from aws_service_kit.docs.architecture.markdown import code, table, text

HEADINGS = ("Stack", "What for", "Holds", "Resources")


def render(graph: Graph) -> str:
    """Return a table of the stacks with their resources."""
    return table(
        HEADINGS,
        [
            (
                code(stack.name),
                text(stack.description),
                ", ".join(_named(graph, item) for item in stack.resources if item.kind is not None),
                str(len(stack.resources)),
            )
            for stack in graph.assembly.stacks
        ],
    )


def _named(graph: Graph, resource: Resource) -> str:
    title = "" if resource.kind is None else resource.kind.title
    if graph.takes_failures(resource):
        title = "dead letters"
    return f"{text(title)} {code(resource.name)}"
