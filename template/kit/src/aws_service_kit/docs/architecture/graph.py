"""The service as a graph of resources and flows, the source of the diagrams."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.flows import (
    costs,
    failures,
    http,
    messages,
    permissions,
    rotation,
    state_machines,
    uses,
    watching,
)
from aws_service_kit.docs.architecture.flows.flow import End, Flow, Outside, Purpose


@dataclass(frozen=True)
class Graph:
    """The resources and flows of an environment.

    Attributes:
        assembly: The stacks with their resources.
        flows: All flows: at most one of each purpose between two ends.
    """

    assembly: Assembly
    flows: tuple[Flow, ...]

    @property
    def shown(self) -> list[Resource]:
        """The resources that a diagram shows."""
        return [item for item in self.assembly.resources() if item.diagram_type is not None]

    def into(self, target: End, *purposes: Purpose) -> list[Flow]:
        """Return the flows to an end."""
        return [flow for flow in self.flows if flow.target == target and flow.purpose in purposes]

    def out_of(self, source: End, *purposes: Purpose) -> list[Flow]:
        """Return the flows from an end."""
        return [flow for flow in self.flows if flow.source == source and flow.purpose in purposes]

    def receives_failures(self, resource: Resource) -> bool:
        """Return whether failures are sent to a resource."""
        return bool(self.into(resource, "fails"))

    def only_watches(self, resource: Resource) -> bool:
        """Return whether a resource only monitors the service, such as a topic for alarms."""
        if resource.diagram_type is not None and resource.diagram_type.group == "operations":
            return True
        into = [flow for flow in self.flows if flow.target == resource]
        return bool(into) and all(flow.source is Outside.CLOUDWATCH for flow in into)


def build(assembly: Assembly) -> Graph:
    """Return the graph of an environment."""
    calls = list(
        chain(
            http.flows(assembly),
            messages.flows(assembly),
            state_machines.flows(assembly),
            rotation.flows(assembly),
            costs.flows(assembly),
        )
    )
    calls += permissions.flows(assembly, calls)
    failing = list(failures.flows(assembly))
    found = [
        *calls,
        *failing,
        *uses.flows(assembly, [*calls, *failing]),
        *watching.flows(assembly),
    ]
    return Graph(assembly, tuple(_merged(found)))


def _merged(flows: list[Flow]) -> list[Flow]:
    """Merge flows between the same ends with the same purpose."""
    labels: dict[tuple[End, End, Purpose], list[str]] = {}
    for flow in flows:
        known = labels.setdefault((flow.source, flow.target, flow.purpose), [])
        if flow.label and flow.label not in known:
            known.append(flow.label)
    return [
        Flow(source, target, purpose, ", ".join(each))
        for (source, target, purpose), each in labels.items()
    ]
