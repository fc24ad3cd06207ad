"""The service as a graph: what the diagram shows and how it hangs together."""

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
    """What the diagram shows.

    Attributes:
        assembly: The stacks with their resources.
        flows: Every arrow; two ends have one of each purpose.
    """

    assembly: Assembly
    flows: tuple[Flow, ...]

    @property
    def shown(self) -> list[Resource]:
        """Every resource that a diagram shows."""
        return [item for item in self.assembly.resources() if item.kind is not None]

    def into(self, target: End, *purposes: Purpose) -> list[Flow]:
        """Give the arrows that end somewhere."""
        return [flow for flow in self.flows if flow.target == target and flow.purpose in purposes]

    def out_of(self, source: End, *purposes: Purpose) -> list[Flow]:
        """Give the arrows that begin somewhere."""
        return [flow for flow in self.flows if flow.source == source and flow.purpose in purposes]

    def takes_failures(self, resource: Resource) -> bool:
        """Tell whether a resource is where failures end."""
        return bool(self.into(resource, "fails"))

    def only_watches(self, resource: Resource) -> bool:
        """Tell whether a resource is there to watch the service, such as a topic for alarms."""
        if resource.kind is not None and resource.kind.group == "operations":
            return True
        into = [flow for flow in self.flows if flow.target == resource]
        return bool(into) and all(flow.source is Outside.CLOUDWATCH for flow in into)


def build(assembly: Assembly) -> Graph:
    """Find how the resources of an environment hang together."""
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
    """Make one arrow of those between the same ends for the same purpose."""
    labels: dict[tuple[End, End, Purpose], list[str]] = {}
    for flow in flows:
        said = labels.setdefault((flow.source, flow.target, flow.purpose), [])
        if flow.label and flow.label not in said:
            said.append(flow.label)
    return [
        Flow(source, target, purpose, ", ".join(said))
        for (source, target, purpose), said in labels.items()
    ]
