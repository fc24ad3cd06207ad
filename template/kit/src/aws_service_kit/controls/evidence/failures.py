"""The asynchronous paths, and where what couldn't be delivered or done ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_service_kit.controls.evidence.assembly import Assembly, Resource
from aws_service_kit.controls.evidence.kinds import (
    ALIAS,
    EVENT_SOURCE,
    FUNCTION,
    INVOKE_CONFIG,
    PERMISSION,
    QUEUE,
    RULE,
    SCHEDULE,
    SUBSCRIPTION,
)
from aws_service_kit.controls.evidence.values import Value, dig, items

# Services that wait for a function's answer, and handle its failure.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
# https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html
WAITING = {
    "apigateway.amazonaws.com",
    "cognito-idp.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "secretsmanager.amazonaws.com",
}
ON_FAILURE = ("DestinationConfig", "OnFailure", "Destination")
# A person who misses an e-mail isn't served by a queue.
PEOPLE = {"email", "email-json", "sms"}


@dataclass(frozen=True)
class Path:
    """A way on which nobody waits for an answer.

    Attributes:
        resource: What the path belongs to.
        dead_letters: Where failures end; empty if they are lost.
    """

    resource: Resource
    dead_letters: tuple[Resource, ...]


def paths(assembly: Assembly) -> list[Path]:
    """Find every asynchronous path."""
    found = [*_deliveries(assembly), *_invocations(assembly)]
    redriven = [
        _path(assembly, queue, queue.get("RedrivePolicy", "deadLetterTargetArn"))
        for queue in assembly.resources(QUEUE)
    ]
    ends = {queue for path in (*found, *redriven) for queue in path.dead_letters}
    # Of a function that nobody invokes so, too.
    for config in assembly.resources(INVOKE_CONFIG):
        ends.update(assembly.named_by(config, config.get(*ON_FAILURE)))
    return [*found, *(path for path in redriven if path.dead_letters or path.resource not in ends)]


def _deliveries(assembly: Assembly) -> Iterator[Path]:
    """Yield what is delivered: messages of topics, events of rules and schedules."""
    for subscription in assembly.resources(SUBSCRIPTION):
        if subscription.get("Protocol") not in PEOPLE:
            yield _path(assembly, subscription, subscription.get("RedrivePolicy"))
    for rule in assembly.resources(RULE):
        for target in items(rule.get("Targets")):
            yield _path(assembly, rule, dig(target, "DeadLetterConfig"))
    for schedule in assembly.resources(SCHEDULE):
        yield _path(assembly, schedule, schedule.get("Target", "DeadLetterConfig"))
    for source in assembly.resources(EVENT_SOURCE):
        sources = assembly.owners(source, source.get("EventSourceArn"))
        # A queue keeps its own poison; what reads a stream has to put it somewhere.
        if not any(item.type == QUEUE for item in sources):
            yield _path(assembly, source, source.get(*ON_FAILURE))


def _invocations(assembly: Assembly) -> Iterator[Path]:
    """Yield the functions that somebody invokes without waiting, through the alias they use."""
    calls = [
        (permission, permission.get("FunctionName"))
        for permission in assembly.resources(PERMISSION)
        if permission.get("Principal") not in WAITING
    ]
    calls += [
        (schedule, schedule.get("Target", "Arn")) for schedule in assembly.resources(SCHEDULE)
    ]
    called = [
        target
        for caller, value in calls
        for target in assembly.named_by(caller, value)
        if target.type in {ALIAS, FUNCTION}
    ]
    for target in dict.fromkeys(called):
        function = assembly.owner(target)
        destinations = [function.get("DeadLetterConfig", "TargetArn")]
        destinations += [
            config.get(*ON_FAILURE)
            for config in assembly.near(function, INVOKE_CONFIG)
            if function in assembly.owners(config, config.get("FunctionName"))
            and _qualifies(config, target)
        ]
        yield _path(assembly, function, destinations)


def _qualifies(config: Resource, target: Resource) -> bool:
    """Tell whether what is said of failures is said of the alias that is called."""
    qualifier = config.get("Qualifier")
    return qualifier == (target.get("Name") if target.type == ALIAS else "$LATEST")


def _path(assembly: Assembly, resource: Resource, value: Value) -> Path:
    return Path(resource, tuple(assembly.named_by(resource, value)))
