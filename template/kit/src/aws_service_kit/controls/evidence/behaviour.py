"""What a function may do, beside what its tests saw it doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aws_service_kit.controls.evidence import Evidence, policies
from aws_service_kit.controls.evidence.actions import (
    ENCRYPTION_PREFIX,
    FAILURE_DESTINATION,
    LOGS,
    NETWORK_INTERFACES,
    POLLING,
    TRACING,
)
from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.kinds import EVENT_SOURCE, INVOKE_CONFIG, NETWORK
from aws_service_kit.controls.evidence.policies import Statement
from aws_service_kit.controls.evidence.values import Value
from aws_service_kit.controls.evidence.verdicts import CODE
from aws_service_kit.controls.evidence.wildcards import WITHOUT_RESOURCES
from aws_service_kit.controls.verdict import FOLDER

RUN = FOLDER / "tests-unit.json"


@dataclass(frozen=True)
class Behaviour:
    """How a role and a handler differ.

    Attributes:
        missing: What the handler does and the role doesn't allow.
        unused: What the role allows and the handler never does.
        fault: Why nothing is known of it.
    """

    missing: frozenset[str] = frozenset()
    unused: frozenset[str] = frozenset()
    fault: str = ""


def behaviour(evidence: Evidence, function: Resource) -> Behaviour:
    """Compare what a function may do with what its handler's tests saw it doing."""
    verdict = evidence.verdicts.read(RUN, task="unit", judges=CODE)
    if verdict.fault:
        return Behaviour(fault=verdict.fault)
    calls: Mapping[str, list[str]] = verdict.content["calls"]
    done = frozenset(calls.get(str(function.get("Handler")).rpartition(".")[0], ()))
    actions = _actions(_allowed(evidence, function))
    return Behaviour(
        missing=frozenset(
            action for action in done - actions if _is_wired(evidence, function, action)
        ),
        unused=allowed_to_code(evidence, function) - done,
    )


def allowed_to_code(evidence: Evidence, function: Resource) -> frozenset[str]:
    """Give the actions that a function's role allows, and not for others than its code."""
    allowed = _allowed(evidence, function)
    return _actions(allowed) - _unseen(evidence, function, allowed)


def _allowed(evidence: Evidence, function: Resource) -> list[Statement]:
    return [
        statement
        for role in evidence.owners(function, "Role")
        for statement in policies.of_role(evidence.assembly, role)
        if statement.allows
    ]


def _actions(statements: Iterable[Statement]) -> frozenset[str]:
    return frozenset(action for statement in statements for action in statement.actions)


def _is_wired(evidence: Evidence, function: Resource, action: str) -> bool:
    """Tell whether a function is told of something that an action could be for.

    A handler that works with or without a queue is tested with both: what this service hasn't got,
    its function isn't told of, and doesn't do.
    """
    if action in WITHOUT_RESOURCES:
        return True
    told = evidence.named(function, function.get("Environment", "Variables"))
    services = {resource.type.split("::")[1].lower() for resource in told}
    return action.partition(":")[0] in services


def _unseen(evidence: Evidence, function: Resource, allowed: list[Statement]) -> frozenset[str]:
    """Give what the role allows for others than the function's code."""
    actions = LOGS | TRACING
    # Lambda deletes those of a function that has left the network.
    if evidence.assembly.near(function, NETWORK):
        actions |= NETWORK_INTERFACES
    if any(
        function in evidence.owners(source, "FunctionName")
        for source in evidence.assembly.near(function, EVENT_SOURCE)
    ):
        actions |= POLLING
    destinations = _failure_destinations(evidence, function)
    for statement in allowed:
        if set(statement.actions) <= FAILURE_DESTINATION and destinations.issuperset(
            evidence.named(function, statement.resources)
        ):
            actions |= FAILURE_DESTINATION
    encryption = {
        action
        for statement in allowed
        for action in statement.actions
        if action.startswith(ENCRYPTION_PREFIX)
    }
    return frozenset(actions | encryption)


def _failure_destinations(evidence: Evidence, function: Resource) -> set[Resource]:
    values: list[Value] = [function.get("DeadLetterConfig", "TargetArn")]
    values += [
        config.get("DestinationConfig", "OnFailure", "Destination")
        for config in evidence.assembly.near(function, INVOKE_CONFIG)
        if function in evidence.owners(config, "FunctionName")
    ]
    return {resource for value in values for resource in evidence.named(function, value)}
