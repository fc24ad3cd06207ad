"""The table of stacks, with their resources."""

from __future__ import annotations

from aws_service_kit.docs.architecture.assembly import Resource
from aws_service_kit.docs.architecture.graph import Graph
from aws_service_kit.docs.architecture.markdown import code, table, text

HEADINGS = ("Stack", "Purpose", "Main resources", "All resources")


def render(graph: Graph) -> str:
    """Return a table of the stacks with their resources."""
    return table(
        HEADINGS,
        [
            (
                code(stack.name),
                text(stack.description),
                ", ".join(
                    _named(graph, item) for item in stack.resources if item.diagram_type is not None
                ),
                str(len(stack.resources)),
            )
            for stack in graph.assembly.stacks
        ],
    )


def _named(graph: Graph, resource: Resource) -> str:
    title = "" if resource.diagram_type is None else resource.diagram_type.title
    if graph.receives_failures(resource):
        title = "dead-letter queue"
    return f"{text(title)} {code(resource.name)}"
