"""Asynchronous paths and the destination of their failures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from aws_service_kit.controls.evidence.assembly import Assembly, Resource, text
from aws_service_kit.controls.evidence.resource_types import (
    ALIAS,
    EVENT_SOURCE,
    FUNCTION,
    INVOKE_CONFIG,
    PERMISSION,
    QUEUE,
    QUEUE_POLICY,
    RULE,
    SCHEDULE,
    SUBSCRIPTION,
)
from aws_service_kit.controls.evidence.values import Value, dig, items

# Services that invoke functions synchronously and handle their failures.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
# https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html
WAITING = {
    "apigateway.amazonaws.com",
    "cognito-idp.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "secretsmanager.amazonaws.com",
}
SNS = "sns.amazonaws.com"
ON_FAILURE = ("DestinationConfig", "OnFailure", "Destination")
# A dead-letter queue doesn't help the recipient of an undelivered e-mail.
PEOPLE = {"email", "email-json", "sms"}


@dataclass(frozen=True)
class Path:
    """An asynchronous path: the sender doesn't wait for a response.

    Attributes:
        resource: The resource that the path belongs to.
        destinations: The destinations of failures; empty if they are lost.
        target: The id of a rule's target, since a rule can have several.
    """

    resource: Resource
    destinations: tuple[Resource, ...]
    target: str = ""


def paths(assembly: Assembly) -> list[Path]:
    """Return every asynchronous path."""
    found = [*_deliveries(assembly), *_invocations(assembly)]
    redriven = [
        _path(assembly, queue, queue.get("RedrivePolicy", "deadLetterTargetArn"))
        for queue in assembly.resources(QUEUE)
    ]
    ends = {queue for path in (*found, *redriven) for queue in path.destinations}
    # A function has one even if nothing invokes it asynchronously.
    for config in assembly.resources(INVOKE_CONFIG):
        ends.update(assembly.named_by(config, config.get(*ON_FAILURE)))
    ends.update(_of_topics_without_subscriptions(assembly))
    return [*found, *(path for path in redriven if path.destinations or path.resource not in ends)]


def dead_letter_queues(assembly: Assembly) -> dict[Resource, tuple[Resource, ...]]:
    """Return every dead-letter queue with the sources of its messages."""
    found: dict[Resource, dict[Resource, None]] = {}
    pairs = [(path.resource, end) for path in paths(assembly) for end in path.destinations]
    # Of a function that nothing invokes asynchronously, too.
    for config in assembly.resources(INVOKE_CONFIG):
        for function in assembly.owners(config, config.get("FunctionName")):
            pairs += [(function, end) for end in assembly.named_by(config, config.get(*ON_FAILURE))]
    for source, end in pairs:
        if end.type == QUEUE:
            found.setdefault(end, {})[source] = None
    return {queue: tuple(sources) for queue, sources in found.items()}


def _deliveries(assembly: Assembly) -> Iterator[Path]:
    """Yield deliveries: messages of topics, events of rules and schedules."""
    for subscription in assembly.resources(SUBSCRIPTION):
        if subscription.get("Protocol") not in PEOPLE:
            yield _path(assembly, subscription, subscription.get("RedrivePolicy"))
    for rule in assembly.resources(RULE):
        for target in items(rule.get("Targets")):
            path = _path(assembly, rule, dig(target, "DeadLetterConfig"))
            yield replace(path, target=text(dig(target, "Id")))
    for schedule in assembly.resources(SCHEDULE):
        yield _path(assembly, schedule, schedule.get("Target", "DeadLetterConfig"))
    for source in assembly.resources(EVENT_SOURCE):
        sources = assembly.owners(source, source.get("EventSourceArn"))
        # A queue keeps its failed messages; the reader of a stream needs a destination for them.
        if not any(item.type == QUEUE for item in sources):
            yield _path(assembly, source, source.get(*ON_FAILURE))


def _of_topics_without_subscriptions(assembly: Assembly) -> Iterator[Resource]:
    """Yield the queues to which a topic may send, but that no subscription delivers to."""
    delivered = {
        queue
        for subscription in assembly.resources(SUBSCRIPTION)
        for queue in assembly.named_by(subscription, subscription.get("Endpoint"))
    }
    for policy in assembly.resources(QUEUE_POLICY):
        statements = items(policy.get("PolicyDocument", "Statement"))
        if any(dig(each, "Principal", "Service") == SNS for each in statements):
            yield from set(assembly.named_by(policy, policy.get("Queues"))) - delivered


def _invocations(assembly: Assembly) -> Iterator[Path]:
    """Yield the functions that are invoked asynchronously, by the alias that is invoked."""
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
    """Return whether a failure destination is configured for the alias that is invoked."""
    qualifier = config.get("Qualifier")
    return qualifier == (target.get("Name") if target.type == ALIAS else "$LATEST")


def _path(assembly: Assembly, resource: Resource, value: Value) -> Path:
    return Path(resource, tuple(assembly.named_by(resource, value)))
