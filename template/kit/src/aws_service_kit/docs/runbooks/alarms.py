"""The alarms of every environment, and what each of them watches."""

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
        """The section's anchor: the one that the description names, if it names one."""
        found = runbook.LINK.search(self._text)
        return runbook.anchor(self.heading) if found is None else found["anchor"]

    @property
    def anchors(self) -> tuple[str, ...]:
        """The anchors of names that a section of the team's notes may have."""
        return tuple(dict.fromkeys((runbook.anchor(self.heading), self.anchor)))

    @property
    def description(self) -> str:
        """What the alarm says, without the link to its section and the time of the deployment."""
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
        """The alarms that a composite alarm is made of."""
        return self.assembly.named_by(self.resource.get("AlarmRule"))

    @property
    def watched(self) -> list[Resource]:
        """The resources that the alarm watches, such as a queue.

        They are those that its metrics name. A metric may name a resource by a text that isn't a
        reference: then it is the resource whose construct the alarm belongs to.
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
        """The dead-letter queues among what the alarm watches."""
        return [each for each in self.watched if self.graph.takes_failures(each)]

    @property
    def log_groups(self) -> list[str]:
        """The names of the log groups that belong to what the alarm watches.

        A queue or a topic has none: those of its consumers count, and for a dead-letter queue those
        of what its messages come from.
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
    """Find the alarms of every environment, each once, in the order of their stacks and names.

    Args:
        graphs: Every environment by its name; the first one that has an alarm is shown.
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
    return isinstance(end, Resource) and end.kind is not None and end.kind.group == "messaging"
