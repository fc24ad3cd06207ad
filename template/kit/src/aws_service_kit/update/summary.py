"""The summary of an update in Markdown, for its commit and its pull request."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from aws_service_kit.update.migrations import Report
from aws_service_kit.update.release import numbers
from aws_service_kit.update.resources import IMPACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aws_service_kit.update.resources import Difference
    from aws_service_kit.update.update_state import UpdateState

SECTION = re.compile(r"^## (?P<version>\d+(?:\.\d+)+)\b", re.MULTILINE)
SWITCHED_OFF = """\
The team owns these files. They stay, and are still deployed. To remove a stack, delete its file in
`infrastructure/stacks` as in `kit/guides/failed-deployment.md`, and the files that only it uses."""
MIGRATIONS = (
    "Changes of the team's files, one commit for each migration: review them with `git log -p`."
)
# The limit for patches, in characters. The text of a pull request on GitHub has at most 65,536.
PATCHES = 30_000
# Every change of a function publishes a version.
VERSION = "AWS::Lambda::Version"
CONTROLS = re.compile(r"^Controls: (?P<text>.+?)$(?=\n\n|\n?\Z)", re.MULTILINE | re.DOTALL)


def sections(changes: str, before: str, after: str) -> dict[str, str]:
    """Return the changelog's sections after one version up to another, newest first.

    Args:
        changes: The changelog.
        before: The current version, such as `v1.0.0`.
        after: The new version.

    Returns:
        The text of each version, without its heading.
    """
    starts = list(SECTION.finditer(changes))
    ends = [*(found.start() for found in starts), len(changes)][1:]
    oldest, newest = numbers(before), numbers(after)
    return {
        found["version"]: changes[found.end() : end].partition("\n")[2].strip()
        for found, end in zip(starts, ends, strict=True)
        if oldest < numbers(found["version"]) <= newest
    }


def describe(
    session: UpdateState,
    changes: str,
    differences: Sequence[Difference] | None,
    work_left: Mapping[str, str],
) -> str:
    """Describe an update.

    Args:
        session: The update.
        changes: The changelog of the new release.
        differences: The changes of resources; None if unknown.
        work_left: The work to do before the update can be merged: texts by their headings.
    """
    notes = sections(changes, session.before, session.after)
    parts = [_title(session)]
    parts += [f"## Left to do: {heading}\n\n{text}" for heading, text in work_left.items()]
    parts += [f"## {version}\n\n{text}" for version, text in notes.items()]
    controls = {version: CONTROLS.search(text) for version, text in notes.items()}
    lines = [f"{version}: {found['text']}" for version, found in controls.items() if found]
    parts.append(f"## Controls\n\n{_list(' '.join(line.split()) for line in lines)}")
    parts.append(f"## Resources\n\n{_resources(differences)}")
    if session.raised:
        parts.append(f"## Raised pins\n\n{_list(session.raised)}")
    if session.migrated:
        parts.append(f"## Migrations\n\n{_migrations(session)}")
    if session.leftovers:
        parts.append(f"## Switched off\n\n{SWITCHED_OFF}\n\n{_list(_code(session.leftovers))}")
    parts.append(f"## Files to review\n\n{_files(session)}")
    return "\n\n".join(parts) + "\n"


def _title(session: UpdateState) -> str:
    if session.before == session.after:
        if session.migrated:
            return f"# Migrations of template {session.after}"
        return f"# New answers for template {session.after}"
    return f"# Template {session.before} to {session.after}"


def _resources(differences: Sequence[Difference] | None) -> str:
    if differences is None:
        return "Not compared, because the service doesn't synthesize."
    environments: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for each in differences:
        if each.type != VERSION:
            row = (each.name, each.type, IMPACTS[each.impact], ", ".join(each.properties))
            environments[row].append(each.stack.partition("/")[0])
    if not environments:
        return "None is added, changed or removed."
    head = ["| resource | type | change | properties | environments |", "|---|---|---|---|---|"]
    rows = [f"| {' | '.join([*row, ', '.join(where)])} |" for row, where in environments.items()]
    return "\n".join([*head, *rows, "", "New versions of functions aren't listed."])


def _files(session: UpdateState) -> str:
    return _list(
        [
            *(f"`{path}`: {why}" for path, why in session.conflicts.items()),
            *(f"`{path}`: {why}, so your version stays" for path, why in session.unmerged.items()),
            *(f"`{path}`: your changes and the template's are merged" for path in session.edited),
            *(
                f"`{old}` was moved to `{new}`, with your changes"
                for old, new in session.moved.items()
            ),
            *(f"`{path}`: you deleted it; the template has changed it" for path in session.deleted),
            *(f"`{path}`: git ignores it, so it stays as it was" for path in session.ignored),
        ]
    )


def _migrations(session: UpdateState) -> str:
    """Describe each migration, with the patches that don't apply, up to a limit."""
    room, parts = PATCHES, [MIGRATIONS]
    for report in map(Report.from_json, session.migrated):
        lines = [f"**{report.name}**: {report.summary}."]
        lines += [f"- changed: `{path}`" for path in report.changed]
        lines += [f"- not changed, because you deleted it: `{path}`" for path in report.absent]
        lines += [
            f"- not changed, because it is the sample's and you have another file: `{path}`"
            for path in report.skipped
        ]
        lines += [f"- to do by hand: `{e.path}:{e.line}`: {e.text}" for e in report.leftovers]
        room -= len(report.patch)
        if report.patch and room >= 0:
            lines.append(f"\n```diff\n{report.patch}```")
        elif report.patch:
            lines.append(
                f"- too long to show: `{report.source}` of the template at {session.after}"
            )
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _code(paths: Iterable[str]) -> Iterable[str]:
    return (f"`{path}`" for path in paths)


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "None."
