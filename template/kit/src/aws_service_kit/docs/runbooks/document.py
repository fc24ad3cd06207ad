"""Render the runbook of a stack, and the index of all runbooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aws_service_kit.constructs import runbook
from aws_service_kit.docs.architecture.assembly import Resource
from aws_service_kit.docs.architecture.flows.watching import notified_by
from aws_service_kit.docs.architecture.graph import Graph
from aws_service_kit.docs.architecture.markdown import code, table, text, times
from aws_service_kit.docs.architecture.tables import queues
from aws_service_kit.docs.architecture.tables.alarms import condition
from aws_service_kit.docs.runbooks.alarms import Alarm
from aws_service_kit.docs.runbooks.first_steps import FIRST_STEPS
from aws_service_kit.docs.runbooks.notes import FOLDER, Notes

# The first line of a derived file. `derive` overwrites or removes only files that begin with it.
MARK = "<!-- Derived: `python3 dev.py derive` writes this page (tooling/ownership.toml). -->"
TEAM = FOLDER.name

STACK = """\
{mark}
# Runbook of {stack}

A section for each alarm of the stack, whose description links to it. {notes}

{sections}
"""

INDEX = """\
{mark}
# Runbooks of {service}

What to do when an alarm is raised. The runbook of each stack has a section for each of its alarms,
derived from the templates. The team's notes about alarms are in [{team}/]({team}/), and aren't
derived. The [architecture](../architecture.md) shows how the parts work together.

{sections}
"""


# The message if no alarm notifies anyone.
SILENT = (
    "No alarm notifies anyone, because the service has no stack `monitoring`. "
    "`python3 dev.py update` adds it."
)


def render_stack(stack: str, alarms: Sequence[Alarm], notes: Notes | None) -> str:
    """Return the runbook of a stack.

    Args:
        stack: The stack's short name.
        alarms: The stack's alarms in every environment.
        notes: The team's notes about them.
    """
    sections = [_section(alarm, notes) for alarm in alarms]
    outdated = list(unmatched(notes, alarms))
    if outdated and notes is not None:
        sections.append(_outdated(notes, outdated))
    return STACK.format(
        mark=MARK,
        stack=code(stack),
        notes=_place_of_notes(stack, notes),
        sections="\n\n".join(sections),
    )


def render_index(
    service: str, graph: Graph, by_stack: Mapping[str, Sequence[Alarm]], notes: Mapping[str, Notes]
) -> str:
    """Return the index of the runbooks.

    Args:
        service: The service's name.
        graph: The service in the environment that is shown.
        by_stack: The alarms of each stack that has alarms.
        notes: The team's notes, by stack.
    """
    rows = [
        (f"[{code(stack)}]({stack}.md)", str(len(alarms)), _file(notes.get(stack)))
        for stack, alarms in by_stack.items()
    ]
    orphans = [
        f"- {_file(each)}: no stack called {code(stack)} has alarms."
        for stack, each in notes.items()
        if stack not in by_stack
    ]
    sections = [
        table(("Stack", "Alarms", "Notes of the team"), rows) or "No stack has alarms.",
        *([SILENT] if not _notifies(by_stack) else []),
        *(["\n".join(["## Notes about removed stacks", "", *orphans])] if orphans else []),
        *_where_to_look(graph),
    ]
    return INDEX.format(mark=MARK, service=text(service), team=TEAM, sections="\n\n".join(sections))


def _notifies(by_stack: Mapping[str, Sequence[Alarm]]) -> bool:
    """Return whether any alarm notifies a topic; also True without alarms."""
    alarms = [alarm for found in by_stack.values() for alarm in found]
    return not alarms or any(notified_by(each.assembly, each.resource) for each in alarms)


def unmatched(notes: Notes | None, alarms: Sequence[Alarm]) -> Iterator[str]:
    """Yield the headings of a team's notes that aren't the name of an alarm."""
    known = {anchor for alarm in alarms for anchor in alarm.anchors}
    for anchor, heading in ({} if notes is None else notes.headings).items():
        if anchor not in known:
            yield heading


def _section(alarm: Alarm, notes: Notes | None) -> str:
    heading = f"## {text(alarm.heading)}"
    if alarm.anchor != runbook.anchor(alarm.heading):
        heading = f'<a id="{alarm.anchor}"></a>\n\n{heading}'
    facts = [f"- **{name}:** {fact}" for name, fact in _facts(alarm, notes)]
    return "\n\n".join(filter(None, (heading, text(alarm.description), "\n".join(facts))))


def _facts(alarm: Alarm, notes: Notes | None) -> Iterator[tuple[str, str]]:
    facts = {
        "Raised when": condition(alarm.assembly, alarm.resource, alarm.others),
        "Only in": "" if alarm.is_everywhere else ", ".join(map(text, alarm.environments)),
        "Made of": times(part.name for part in alarm.parts),
        "Notifies": times(each.name for each in notified_by(alarm.assembly, alarm.resource)),
        "Watches": ", ".join(map(_titled, alarm.watched)),
        "Logs": times(alarm.log_groups),
    }
    yield from ((name, fact) for name, fact in facts.items() if fact)
    yield from (("First step", step) for step in _first_steps(alarm))
    for queue in alarm.dead_letter_queues:
        yield from (("Remedy", remedy) for remedy in queues.remedies(alarm.graph, queue))
    for anchor in alarm.anchors:
        if notes is not None and anchor in notes.headings:
            yield "The team's notes", _link(notes, notes.headings[anchor])


def _first_steps(alarm: Alarm) -> Iterator[str]:
    for name in sorted(alarm.metrics & FIRST_STEPS.keys()):
        yield FIRST_STEPS[name]
    for queue in alarm.dead_letter_queues:
        asked = f"--environment {alarm.environments[0]} --queue {queue.stack}/{queue.logical_id}"
        yield f"`python3 dev.py dead-letters show {asked}`"


def _titled(resource: Resource) -> str:
    title = "" if resource.diagram_type is None else resource.diagram_type.title
    return f"{text(title)} {code(resource.name)}"


def _place_of_notes(stack: str, notes: Notes | None) -> str:
    if notes is None:
        return (
            f"To add notes about an alarm, create the file {code(f'{TEAM}/{stack}.md')} with a "
            "section under the alarm's name. This runbook then links to it."
        )
    return f"The team's notes about them are in {_file(notes)}, under the same names."


def _outdated(notes: Notes, headings: Sequence[str]) -> str:
    lines = [f"- {_link(notes, heading)}" for heading in headings]
    introduction = (
        "No alarm has the name of these sections of the team's notes. If an alarm was renamed, "
        "rename its section. Otherwise delete the section."
    )
    return "\n\n".join(["## Notes about removed alarms", introduction, "\n".join(lines)])


def _link(notes: Notes, heading: str) -> str:
    return f"[{text(heading)}]({TEAM}/{notes.stack}.md#{runbook.anchor(heading)})"


def _file(notes: Notes | None) -> str:
    return "" if notes is None else f"[{TEAM}/{notes.stack}.md]({TEAM}/{notes.stack}.md)"


def _where_to_look(graph: Graph) -> Iterator[str]:
    assembly = graph.assembly
    dashboards = [
        assembly.text(each.get("DashboardName")) or each.name
        for each in assembly.resources("AWS::CloudWatch::Dashboard")
    ]
    queries = [
        assembly.text(each.get("Name")) for each in assembly.resources("AWS::Logs::QueryDefinition")
    ]
    lines = [
        *([f"- dashboards of CloudWatch: {times(dashboards)}"] if dashboards else []),
        *([f"- saved queries of Logs Insights: {times(sorted(queries))}"] if queries else []),
    ]
    if lines:
        yield "\n".join(["## Where to look", "", "These are the names in `dev`:", "", *lines])
