"""Write the runbooks of a service into docs/runbooks/, and report notes that match no alarm."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs import runbook
from aws_service_kit.docs.architecture.assembly import Assembly
from aws_service_kit.docs.architecture.graph import build
from aws_service_kit.docs.runbooks import notes as team
from aws_service_kit.docs.runbooks.alarms import alarms
from aws_service_kit.docs.runbooks.document import MARK, render_index, render_stack, unmatched

FOLDER = Path(runbook.FOLDER)
INDEX = "README"


def write(root: Path, config: ServiceConfig, assemblies: Mapping[str, Assembly]) -> list[str]:
    """Write a runbook for each stack with alarms, and the index; remove those of removed stacks.

    Args:
        root: The service's folder.
        config: The service's configuration.
        assemblies: Every environment by its name. An alarm is read from the first one that has it.

    Returns:
        A line for each file of the team at the path of a runbook, which isn't overwritten, and for
        each section of the team's notes that matches no alarm.
    """
    graphs = {name: build(assembly) for name, assembly in assemblies.items()}
    grouped = groupby(alarms(graphs), key=lambda alarm: alarm.resource.stack)
    by_stack = {stack: list(found) for stack, found in grouped}
    notes = team.read(root)
    texts = {
        stack: render_stack(stack, found, notes.get(stack)) for stack, found in by_stack.items()
    }
    texts[INDEX] = render_index(config.service.name, next(iter(graphs.values())), by_stack, notes)
    kept = _replace(root / FOLDER, texts)
    return kept + [
        f'{each.path}: no alarm is called "{heading}"'
        for stack, each in notes.items()
        for heading in unmatched(each, by_stack.get(stack, ()))
    ]


def _replace(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """Write the runbooks by their names, and remove other derived files."""
    folder.mkdir(parents=True, exist_ok=True)
    existing = {path.stem: path for path in sorted(folder.glob("*.md"))}
    derived = {name for name, path in existing.items() if _is_derived(path)}
    kept = texts.keys() & existing.keys() - derived
    for name in texts.keys() - kept:
        (folder / f"{name}.md").write_text(texts[name], encoding="utf-8")
    for name in derived - texts.keys():
        existing[name].unlink()
    return [
        f"{FOLDER / f'{name}.md'} isn't derived, so it isn't overwritten: move it to "
        f"{team.FOLDER / f'{name}.md'}, the folder of the team's notes"
        for name in sorted(kept)
    ]


def _is_derived(path: Path) -> bool:
    return path.read_text(encoding="utf-8").startswith(MARK)
