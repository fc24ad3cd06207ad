"""The definitions of state machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aws_service_kit.controls.evidence.assembly import Assembly, Resource
from aws_service_kit.controls.evidence.values import Joined, Reference, Value

# A character that no definition contains, so that references are found in the parsed text.
MARK = "\N{SYMBOL FOR START OF HEADING}"


@dataclass(frozen=True)
class Task:
    """A task state.

    Attributes:
        name: The state's name.
        state: Its definition.
        functions: The functions that it invokes.
    """

    name: str
    state: dict[str, Any]
    functions: tuple[Resource, ...]


def definition(workflow: Resource) -> dict[str, Any]:
    """Return a state machine's definition, with references written as `MARK number MARK`."""
    value = workflow.get("DefinitionString")
    parsed: dict[str, Any] = json.loads(_text(value)) if value is not None else {}
    return parsed


def tasks(assembly: Assembly, workflow: Resource) -> list[Task]:
    """Return the task states of a state machine, including those in maps and branches."""
    references = _references(workflow.get("DefinitionString"))
    return [
        Task(name, state, tuple(assembly.owners(workflow, _found(state, references))))
        for name, state in _states(definition(workflow))
        if state.get("Type") == "Task"
    ]


def _states(definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in definition.get("States", {}).items():
        yield name, state
        for inner in (
            state.get("Iterator"),
            state.get("ItemProcessor"),
            *state.get("Branches", []),
        ):
            yield from _states(inner or {})


def _references(value: Value) -> list[Reference]:
    parts = value.parts if isinstance(value, Joined) else ()
    return [part for part in parts if isinstance(part, Reference)]


def _text(value: Value) -> str:
    if not isinstance(value, Joined):
        return str(value)
    numbers = iter(range(len(value.parts)))
    return "".join(
        f"{MARK}{next(numbers)}{MARK}" if isinstance(part, Reference) else str(part)
        for part in value.parts
    )


def _found(state: dict[str, Any], references: list[Reference]) -> list[Value]:
    text = json.dumps(
        {key: state.get(key) for key in ("Resource", "Parameters", "Arguments")}, ensure_ascii=False
    )
    return [references[int(number)] for number in text.split(MARK)[1::2]]
