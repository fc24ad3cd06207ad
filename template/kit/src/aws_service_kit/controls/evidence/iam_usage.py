"""The permissions of a function compared with the SDK calls in its tests."""

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
from aws_service_kit.controls.evidence.configuration import configured
from aws_service_kit.controls.evidence.policies import Statement
from aws_service_kit.controls.evidence.resource_types import EVENT_SOURCE, INVOKE_CONFIG, NETWORK
from aws_service_kit.controls.evidence.values import Value
from aws_service_kit.controls.evidence.verdicts import CODE, UNIT_TESTS
from aws_service_kit.controls.evidence.wildcards import WITHOUT_RESOURCES


@dataclass(frozen=True)
class Behaviour:
    """The difference between a role's permissions and a handler's calls.

    Attributes:
        missing: Actions that the handler uses and the role doesn't allow.
        unused: Actions that the role allows and the handler never uses.
        fault: The reason why they couldn't be compared.
    """

    missing: frozenset[str] = frozenset()
    unused: frozenset[str] = frozenset()
    fault: str = ""


def behaviour(evidence: Evidence, function: Resource) -> Behaviour:
    """Compare a function's permissions with the SDK calls in its handler's tests."""
    verdict = evidence.verdicts.read(UNIT_TESTS, task="unit", judges=CODE)
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
    """Return the actions that a function's role allows to the function's code."""
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
    """Return whether a function's variables name a resource that an action could be for.

    A handler that works with or without a queue is tested both ways. A function without the queue's
    variable doesn't use the queue.
    """
    if action in WITHOUT_RESOURCES:
        return True
    named = evidence.named(function, function.get("Environment", "Variables"))
    services = {resource.type.split("::")[1].lower() for resource in named}
    return action.partition(":")[0] in services


def _unseen(evidence: Evidence, function: Resource, allowed: list[Statement]) -> frozenset[str]:
    """Return the actions that the role allows for other purposes than the function's code."""
    actions = LOGS | TRACING
    # Lambda deletes the network interfaces of a function that has left the network.
    if _has_network(evidence, function):
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


def _has_network(evidence: Evidence, function: Resource) -> bool:
    existing = configured(evidence.source, "environments", function.environment, "vpc")
    return existing is not None or bool(evidence.assembly.near(function, NETWORK))


def _failure_destinations(evidence: Evidence, function: Resource) -> set[Resource]:
    values: list[Value] = [function.get("DeadLetterConfig", "TargetArn")]
    values += [
        config.get("DestinationConfig", "OnFailure", "Destination")
        for config in evidence.assembly.near(function, INVOKE_CONFIG, EVENT_SOURCE)
        if function in evidence.owners(config, "FunctionName")
    ]
    return {resource for value in values for resource in evidence.named(function, value)}
