"""Draw the two diagrams: how the service works, and how it is monitored."""

from __future__ import annotations

from collections.abc import Iterable

from aws_service_kit.docs.architecture.assembly import Resource, Stack
from aws_service_kit.docs.architecture.flows.flow import End, Flow, Outside, Whole
from aws_service_kit.docs.architecture.formatting import counted
from aws_service_kit.docs.architecture.graph import Graph
from aws_service_kit.docs.architecture.mermaid import (
    DOTTED,
    SOLID,
    Arrow,
    Box,
    Node,
    flowchart,
    identifiers,
)
from aws_service_kit.docs.architecture.network import VPC, endpoints_of, functions_in
from aws_service_kit.docs.architecture.resource_types import Group, ResourceType
from aws_service_kit.docs.architecture.values import texts

SHAPES: dict[Group, str] = {
    "compute": "box",
    "configuration": "round",
    "data": "cylinder",
    "entry": "hexagon",
    "messaging": "pill",
    "operations": "frame",
    "other": "box",
}

# Dark text on light fills, which is readable in light and dark themes.
STYLES = {
    "compute": "fill:#ffe8cc,stroke:#d9480f,color:#212529",
    "configuration": "fill:#fff3bf,stroke:#e67700,color:#212529",
    "data": "fill:#d0ebff,stroke:#1864ab,color:#212529",
    "dead": "fill:#ffe3e3,stroke:#c92a2a,color:#212529,stroke-dasharray:4 3",
    "entry": "fill:#e5dbff,stroke:#5f3dc4,color:#212529",
    "messaging": "fill:#ffdeeb,stroke:#a61e4d,color:#212529",
    "operations": "fill:#d3f9d8,stroke:#2b8a3e,color:#212529",
    "other": "fill:#f1f3f5,stroke:#495057,color:#212529",
    "stack": "fill:none,stroke:#868e96",
}
DOTTED_PURPOSES = {"fails", "watches"}
FUNCTION = "AWS::Lambda::Function"


def working(graph: Graph) -> str:
    """Draw every stack with its resources and the flows between them."""
    shown = {resource for resource in graph.shown if not graph.only_watches(resource)}
    flows = [flow for flow in graph.flows if _between(flow, {*shown, *Outside})]
    flows = [flow for flow in flows if flow.source is not Outside.CLOUDWATCH]
    outside = _outside(flows)
    ids = _ids([*outside, *_boxes(graph, shown), *graph.shown])
    elements: list[Node | Box] = [_outside_node(end, ids) for end in outside]
    for stack in graph.assembly.stacks:
        nodes = [_node(graph, item, ids) for item in stack.resources if item in shown]
        if nodes:
            whole = Whole(stack.name)
            elements.append(Box(id=ids[whole], title=stack.name, nodes=tuple(nodes), style="stack"))
    return flowchart(elements, _arrows(flows, ids), STYLES)


def watching(graph: Graph) -> str:
    """Draw the monitoring of the service: CloudWatch, budgets, dashboards, topics."""
    shown = {resource for resource in graph.shown if graph.only_watches(resource)}
    watched = [flow.target for flow in graph.out_of(Outside.CLOUDWATCH, "watches")]
    flows = [flow for flow in graph.flows if _between(flow, {*shown, *Outside, *watched})]
    flows = [flow for flow in flows if flow.source is not Outside.CALLERS]
    outside = _outside(flows)
    stacks = [stack for stack in graph.assembly.stacks if Whole(stack.name) in watched]
    ordered = [resource for resource in graph.shown if resource in shown]
    ids = _ids([*outside, *map(_whole, stacks), *ordered])
    elements: list[Node | Box] = [
        *(_outside_node(end, ids) for end in outside),
        *(_stack_node(stack, ids) for stack in stacks),
        *(_node(graph, resource, ids) for resource in ordered),
    ]
    return flowchart(elements, _arrows(flows, ids), STYLES)


def _between(flow: Flow, ends: set[End]) -> bool:
    return flow.source in ends and flow.target in ends


def _outside(flows: Iterable[Flow]) -> list[Outside]:
    ends = {end for flow in flows for end in (flow.source, flow.target)}
    return [end for end in Outside if end in ends]


def _boxes(graph: Graph, shown: set[Resource]) -> list[Whole]:
    names = dict.fromkeys(resource.stack for resource in graph.shown if resource in shown)
    return [Whole(name) for name in names]


def _whole(stack: Stack) -> Whole:
    return Whole(stack.name)


def _ids(ends: list[End]) -> dict[End, str]:
    return dict(zip(ends, identifiers([_plain_name(end) for end in ends]), strict=True))


def _plain_name(end: End) -> str:
    match end:
        case Outside():
            return end.name.lower()
        case Whole(name):
            return f"stack_{name}"
        case Resource():
            return f"{end.stack}_{end.name}"


def _outside_node(end: Outside, ids: dict[End, str]) -> Node:
    return Node(id=ids[end], lines=(end.value,), shape="pill", style="other")


def _stack_node(stack: Stack, ids: dict[End, str]) -> Node:
    count = sum(resource.type == FUNCTION for resource in stack.resources)
    functions = counted(count, "function") if count else ""
    return Node(
        id=ids[Whole(stack.name)], lines=(stack.name, functions), shape="box", style="compute"
    )


def _node(graph: Graph, resource: Resource, ids: dict[End, str]) -> Node:
    shown_as = resource.diagram_type or ResourceType("", "other")
    receives_failures = graph.receives_failures(resource)
    return Node(
        id=ids[resource],
        lines=(
            resource.name,
            "dead-letter queue" if receives_failures else shown_as.title,
            _detail(graph, resource),
        ),
        shape=SHAPES[shown_as.group],
        style="dead" if receives_failures else shown_as.group,
    )


def _detail(graph: Graph, resource: Resource) -> str:
    """Return the details of a schedule or a network."""
    if resource.type == VPC:
        inside = len(functions_in(graph.assembly, resource))
        endpoints = len(list(endpoints_of(graph.assembly, resource)))
        return f"{counted(inside, 'function')}, {counted(endpoints, 'endpoint')}"
    return " ".join(
        texts(resource.get("ScheduleExpression"))
        + texts(resource.get("ScheduleExpressionTimezone"))
    )


def _arrows(flows: Iterable[Flow], ids: dict[End, str]) -> list[Arrow]:
    return [
        Arrow(
            source=ids[flow.source],
            target=ids[flow.target],
            label=flow.label,
            line=DOTTED if flow.purpose in DOTTED_PURPOSES else SOLID,
        )
        for flow in flows
    ]
