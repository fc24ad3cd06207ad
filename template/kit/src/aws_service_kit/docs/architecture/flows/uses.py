"""Flows from functions to the resources that their roles' permissions allow them to use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.flows.flow import Flow, Purpose
from aws_service_kit.docs.architecture.policies import statements

# Verbs for actions. The first matching pattern applies.
VERBS = (
    (re.compile(r"events:PutEvents"), "puts events on"),
    (re.compile(r"lambda:Invoke.*"), "invokes"),
    (re.compile(r"sns:Publish.*"), "publishes to"),
    (re.compile(r"sqs:SendMessage.*"), "sends to"),
    (re.compile(r"sqs:.*"), "consumes"),
    (re.compile(r"states:Start.*"), "starts"),
    (
        re.compile(r"\w+:(Batch)?(Check|ConditionCheck|Describe|Get|Head|List|Query|Read|Scan).*"),
        "reads",
    ),
    (re.compile(r"[\w-]+:.+"), "writes"),
)
READS = "reads"
CONSUMES = "consumes"


def flows(assembly: Assembly, known: Iterable[Flow]) -> Iterator[Flow]:
    """Yield the flows from functions to the resources that they access.

    Args:
        assembly: The stacks.
        known: Calls and failures. Permissions for these aren't shown again.
    """
    ends = {(flow.source, flow.target) for flow in known}
    for function in assembly.resources("AWS::Lambda::Function"):
        for resource, words in used_by(assembly, function).items():
            consumes = words == {CONSUMES} and (resource, function) in ends
            if not consumes and (function, resource) not in ends:
                yield _flow(function, resource, words)


def used_by(assembly: Assembly, function: Resource) -> dict[Resource, set[str]]:
    """Return the verbs for a function's permissions, by resource in the diagram."""
    used: dict[Resource, set[str]] = {}
    for role in assembly.named_by(function.get("Role")):
        for statement in statements(assembly, role):
            if statement.allows and not statement.excludes:
                for resource in assembly.shown_by(statement.resources):
                    used.setdefault(resource, set()).update(map(verb_of, statement.actions))
    return used


def verb_of(action: str) -> str:
    """Return the verb for an action such as `dynamodb:GetItem`."""
    return next((found for pattern, found in VERBS if pattern.fullmatch(action)), action)


def _flow(function: Resource, resource: Resource, words: set[str]) -> Flow:
    shown_as = resource.diagram_type
    # The flow of configuration that a function only reads points to the function.
    if shown_as is not None and shown_as.group == "configuration" and words == {READS}:
        purpose: Purpose = "configures"
        return Flow(resource, function, purpose, "read by")
    return Flow(function, resource, "uses", ", ".join(sorted(words)))
