"""GitHub Actions workflows, and zizmor's findings in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_service_kit.controls.evidence.source import Source

ACTIONS = ".github"
WORKFLOWS = ".github/workflows"
# A reference to a workflow or an action of the same repository.
LOCAL = re.compile(r"[.$]/(\.github/.+)")
# Conditions of a cache: chosen by the caller of an action, or limited to runs of one event.
CHOSEN = re.compile(r"inputs\.([\w-]+) == 'true'")
ON_EVENT = re.compile(r"\$\{\{ github\.event_name == '(\w+)' \}\}")
DEPLOYS = re.compile(r"\bcdk deploy\b|dev\.py (preview-)?deploy\b")


@dataclass(frozen=True)
class Finding:
    """A finding of zizmor.

    Attributes:
        rule: The audit's name, such as `unpinned-uses`.
        path: The file, as it was passed to zizmor.
        line: The line, from 1.
        place: The path of keys, such as `jobs.check.steps.0.uses`.
        annotation: The fault.
    """

    rule: str
    path: str
    line: int
    place: str
    annotation: str


def files(source: Source, folder: str) -> list[Path]:
    """Return the YAML files below a folder."""
    return [path for suffix in (".yml", ".yaml") for path in source.below(folder, suffix=suffix)]


def running(source: Source, command: re.Pattern[str], *, on: str) -> list[Path]:
    """Return the workflows that run a command on an event, such as `schedule`."""
    return [path for path in files(source, WORKFLOWS) if _runs(source.yaml(path), command, on)]


def _runs(workflow: Mapping[Any, Any], command: re.Pattern[str], event: str) -> bool:
    # YAML 1.1 reads `on` as a boolean.
    triggers = workflow.get("on", workflow.get(True)) or ()
    return event in triggers and any(
        command.search(str(step.get("run", "")))
        for job in workflow.get("jobs", {}).values()
        for step in job.get("steps", ())
    )


@dataclass(frozen=True)
class Job:
    """A job of a workflow or of a called workflow, with the events that start it.

    Attributes:
        name: Its file and name.
        content: Its definition in the file.
        events: The events that start it, such as `push`.
        needs: The jobs that it waits for, directly or indirectly.
    """

    name: str
    content: Mapping[str, Any]
    events: frozenset[str]
    needs: tuple[Job, ...]

    @property
    def steps(self) -> list[Mapping[str, Any]]:
        """Its steps; none if it calls a workflow."""
        return list(self.content.get("steps", ()))

    @property
    def privileged(self) -> bool:
        """It can get credentials of the account or secrets of an environment."""
        permissions = self.content.get("permissions") or {}
        if isinstance(permissions, str):
            return permissions == "write-all" or "environment" in self.content
        return permissions.get("id-token") == "write" or "environment" in self.content

    @property
    def deploys(self) -> bool:
        """It runs a deployment."""
        return any(DEPLOYS.search(str(step.get("run", ""))) for step in self.steps)

    @property
    def keeps_artifacts(self) -> bool:
        """It uploads files that later jobs may use."""
        return any("upload-artifact@" in str(step.get("uses", "")) for step in self.steps)

    def restores_cache(self, source: Source) -> bool:
        """Return whether a step restores a cache, also in a composite action of the repository."""
        return any(_restores(step, source, {}, self.events) for step in self.steps)


def jobs(source: Source) -> Iterator[Job]:
    """Yield every job of workflows that events start, including jobs of called workflows."""
    for path in files(source, WORKFLOWS):
        workflow = source.yaml(path)
        triggers = workflow.get("on", workflow.get(True)) or ()
        events = frozenset([triggers] if isinstance(triggers, str) else triggers)
        yield from _jobs(path.as_posix(), source, events - {"workflow_call"}, ())


def _jobs(
    path: str, source: Source, events: frozenset[str], before: tuple[Job, ...]
) -> Iterator[Job]:
    if not events:
        return
    known: Mapping[str, Any] = (source.yaml(path) or {}).get("jobs", {})
    made: dict[str, tuple[Job, ...]] = {}

    def make(name: str) -> tuple[Job, ...]:
        if name not in made:
            content = known[name]
            needs = content.get("needs", ())
            names = [needs] if isinstance(needs, str) else needs
            waits = (*before, *(job for each in names for job in (*needed(each), *make(each))))
            called = LOCAL.fullmatch(str(content.get("uses", "")))
            single = (Job(f"{path}:{name}", content, events, waits),)
            made[name] = tuple(_jobs(called[1], source, events, waits)) if called else single
        return made[name]

    def needed(name: str) -> Iterator[Job]:
        yield from (job for each in make(name) for job in each.needs)

    for name in known:
        yield from make(name)


def _restores(
    step: Mapping[str, Any], source: Source, inputs: Mapping[str, Any], events: frozenset[str]
) -> bool:
    uses, given = str(step.get("uses", "")), step.get("with") or {}
    condition = CHOSEN.search(str(step.get("if", "")))
    if condition and not _chosen(inputs.get(condition[1]), events):
        return False
    if called := LOCAL.fullmatch(uses):
        action = source.yaml(f"{called[1]}/action.yml") or {}
        declared = action.get("inputs") or {}
        values = {name: given.get(name, each.get("default")) for name, each in declared.items()}
        inner = action.get("runs", {}).get("steps", ())
        return any(_restores(each, source, values, events) for each in inner)
    if uses.startswith("astral-sh/setup-uv@"):
        return str(given.get("enable-cache", True)).lower() != "false"
    return uses.startswith(("actions/cache@", "actions/cache/restore@")) or (
        uses.startswith("actions/setup-") and bool(given.get("cache"))
    )


def _chosen(value: object, events: frozenset[str]) -> bool:
    """Return whether an input may be "true" in a run that one of the events starts."""
    text = str(value)
    if only := ON_EVENT.fullmatch(text):
        return only[1] in events
    return text.lower() == "true" or "${{" in text


def _keys(value: object) -> Iterator[str]:
    """Yield the keys and indices in a route of zizmor, from the outside to the inside."""
    match value:
        case dict():
            for each in value.values():
                yield from _keys(each)
        case list():
            for each in value:
                yield from _keys(each)
        case str() | int():
            yield str(value)


def findings(content: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield zizmor's findings, each at its primary location."""
    for found in content.get("findings", ()):
        for location in found["locations"]:
            symbolic = location["symbolic"]
            if symbolic["kind"] == "Primary":
                yield Finding(
                    rule=found["ident"],
                    path=symbolic["key"]["Local"]["verbatim_path"],
                    line=location["concrete"]["location"]["start_point"]["row"] + 1,
                    place=".".join(_keys(symbolic.get("route"))),
                    annotation=symbolic["annotation"],
                )
