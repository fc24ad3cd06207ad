"""Find the alarms of every environment, and the resources that each of them watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_service_kit.constructs import runbook
from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.flows.flow import End
from aws_service_kit.docs.architecture.flows.watching import ALARMS
from aws_service_kit.docs.architecture.graph import Graph
from aws_service_kit.docs.architecture.values import Value, dig, items

LOG_GROUP = "AWS::Logs::LogGroup"


@dataclass(frozen=True)
class Alarm:
    """An alarm, as it is in the first environment that has it.

    Attributes:
        resource: The alarm.
        graph: The service in that environment.
        environments: Every environment that has the alarm.
        others: The service in the other environments, whose thresholds may differ.
    """

    resource: Resource
    graph: Graph
    environments: tuple[str, ...]
    others: Mapping[str, Assembly]

    @property
    def assembly(self) -> Assembly:
        """The stacks of that environment."""
        return self.graph.assembly

    @property
    def is_everywhere(self) -> bool:
        """Whether every environment has the alarm."""
        return len(self.environments) > len(self.others)

    @property
    def heading(self) -> str:
        """The section's heading: the alarm's name within its stack."""
        return self.resource.name

    @property
    def anchor(self) -> str:
        """The section's anchor: the one in the alarm's description, or else one from its name."""
        found = runbook.LINK.search(self._text)
        return runbook.anchor(self.heading) if found is None else found["anchor"]

    @property
    def anchors(self) -> tuple[str, ...]:
        """The anchors under which the team's notes may have a section about the alarm."""
        return tuple(dict.fromkeys((runbook.anchor(self.heading), self.anchor)))

    @property
    def description(self) -> str:
        """The alarm's description, without the link to its section and the deployment's time."""
        return runbook.without_link(self._text).partition(" Deployed: ")[0]

    @property
    def metrics(self) -> set[str]:
        """The names of the metrics that the alarm watches."""
        named = [
            self.resource.get("MetricName"),
            *(
                dig(query, "MetricStat", "Metric", "MetricName")
                for query in items(self.resource.get("Metrics"))
            ),
        ]
        return {self.assembly.text(name) for name in named if name is not None}

    @property
    def parts(self) -> list[Resource]:
        """The alarms that a composite alarm combines."""
        return self.assembly.named_by(self.resource.get("AlarmRule"))

    @property
    def watched(self) -> list[Resource]:
        """The resources that the alarm watches, such as a queue.

        The alarm's metrics refer to them. If a metric has the name of a resource as a text, which
        isn't a reference, the resource is the one whose construct contains the alarm.
        """
        by_metrics: list[Value] = [self.resource.get("Dimensions"), self.resource.get("Metrics")]
        parent, _, _ = self.heading.rpartition("/")
        return self.assembly.shown_by(by_metrics) or [
            resource
            for resource in self.graph.shown
            if (resource.stack, resource.name) == (self.resource.stack, parent)
        ]

    @property
    def dead_letter_queues(self) -> list[Resource]:
        """The dead-letter queues among the resources that the alarm watches."""
        return [each for each in self.watched if self.graph.receives_failures(each)]

    @property
    def log_groups(self) -> list[str]:
        """The names of the log groups of the resources that the alarm watches.

        A queue or a topic has no log group. For a queue or topic, these are the log groups of its
        consumers; for a dead-letter queue, also those of the sources of its messages.
        """
        sources = [
            flow.source
            for queue in filter(_is_messaging, self.watched)
            for flow in self.graph.into(queue, "fails")
        ]
        searched = [*self.watched, *sources]
        consumers = [
            flow.target
            for each in filter(_is_messaging, searched)
            for flow in self.graph.out_of(each, "calls")
        ]
        groups = (group for end in (*searched, *consumers) for group in self._log_groups_of(end))
        names = (self.assembly.text(group.get("LogGroupName")) or group.name for group in groups)
        return list(dict.fromkeys(names))

    def _log_groups_of(self, end: End) -> list[Resource]:
        parts = [part for part in self.assembly.resources() if self.assembly.owner(part) == end]
        named = self.assembly.named_by([part.properties for part in parts])
        return [each for each in named if each.type == LOG_GROUP]

    @property
    def _text(self) -> str:
        return self.assembly.text(self.resource.get("AlarmDescription"))


def alarms(graphs: Mapping[str, Graph]) -> list[Alarm]:
    """Return the alarms of every environment, each once, ordered by stack and name.

    Args:
        graphs: Every environment by its name. An alarm is read from the first one that has it.
    """
    having: dict[Resource, list[str]] = {}
    for environment, graph in graphs.items():
        for resource in graph.assembly.resources(*ALARMS):
            having.setdefault(resource, []).append(environment)
    found = [
        Alarm(
            resource,
            graphs[environments[0]],
            tuple(environments),
            {name: graph.assembly for name, graph in graphs.items() if name != environments[0]},
        )
        for resource, environments in having.items()
    ]
    return sorted(found, key=lambda alarm: (alarm.resource.stack, alarm.heading))


def _is_messaging(end: End) -> bool:
    return (
        isinstance(end, Resource)
        and end.diagram_type is not None
        and end.diagram_type.group == "messaging"
    )
