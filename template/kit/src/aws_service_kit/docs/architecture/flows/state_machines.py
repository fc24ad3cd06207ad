"""Flows from state machines to the targets of their states."""

from __future__ import annotations

import json
from collections.abc import Iterator

from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.flows.flow import Flow
from aws_service_kit.docs.architecture.values import Joined, Reference, Value, dig

# A reference in a definition is replaced by its number between two of these characters, which
# templates don't use.
MARK = "\ue000"


def flows(assembly: Assembly) -> Iterator[Flow]:
    """Yield a flow for every state with a target, labelled with the state's name."""
    for state_machine in assembly.resources("AWS::StepFunctions::StateMachine"):
        for name, state in _states(_definition(state_machine)):
            for resource in assembly.shown_by(state):
                yield Flow(state_machine, resource, "calls", name)


def _definition(state_machine: Resource) -> Value:
    given = state_machine.get("DefinitionString")
    if given is None:
        return state_machine.get("Definition")
    parts = given.parts if isinstance(given, Joined) else (given,)
    found: list[Reference] = []
    text = ""
    for part in parts:
        if isinstance(part, Reference):
            text += f"{MARK}{len(found)}{MARK}"
            found.append(part)
        else:
            text += str(part)
    return _restored(json.loads(text), found)


def _restored(value: Value, found: list[Reference]) -> Value:
    """Restore the references in a definition that was parsed as JSON."""
    match value:
        case str() if MARK in value:
            pieces = value.split(MARK)
            return Joined(
                tuple(found[int(piece)] if n % 2 else piece for n, piece in enumerate(pieces))
            )
        case dict():
            return {key: _restored(item, found) for key, item in value.items()}
        case list():
            return [_restored(item, found) for item in value]
        case _:
            return value


def _states(definition: Value) -> Iterator[tuple[str, Value]]:
    """Yield each state and nested state with its properties, without the states in it."""
    states = dig(definition, "States")
    if not isinstance(states, dict):
        return
    for name, state in states.items():
        if not isinstance(state, dict):
            continue
        within = ("Branches", "Iterator", "ItemProcessor")
        yield name, {key: item for key, item in state.items() if key not in within}
        for key in within:
            inner = state.get(key)
            for one in inner if isinstance(inner, list) else [inner]:
                yield from _states(one)
