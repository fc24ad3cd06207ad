"""Flows of messages and events."""

from __future__ import annotations

from collections.abc import Iterator

from aws_service_kit.docs.architecture.assembly import Assembly
from aws_service_kit.docs.architecture.flows.flow import Flow, Outside
from aws_service_kit.docs.architecture.values import Value, dig, items, number, texts

EMAIL_PROTOCOLS = {"email", "email-json"}


def flows(assembly: Assembly) -> Iterator[Flow]:
    """Yield the flows of event source mappings, subscriptions, rules and schedules."""
    yield from _event_sources(assembly)
    yield from _subscriptions(assembly)
    yield from _rules(assembly)
    yield from _schedules(assembly)


def _event_sources(assembly: Assembly) -> Iterator[Flow]:
    for mapping in assembly.resources("AWS::Lambda::EventSourceMapping"):
        size = number(mapping.get("BatchSize"))
        label = f"up to {size:g} at once" if size else ""
        for source in assembly.shown_by(mapping.get("EventSourceArn")):
            for function in assembly.shown_by(mapping.get("FunctionName")):
                yield Flow(source, function, "calls", label)


def _subscriptions(assembly: Assembly) -> Iterator[Flow]:
    for subscription in assembly.resources("AWS::SNS::Subscription"):
        label = ", ".join(_words(subscription.get("FilterPolicy")))
        endpoint = subscription.get("Endpoint")
        for topic in assembly.shown_by(subscription.get("TopicArn")):
            if subscription.get("Protocol") in EMAIL_PROTOCOLS:
                yield Flow(topic, Outside.EMAIL, "calls", label)
            for target in assembly.shown_by(endpoint):
                yield Flow(topic, target, "calls", label)


def _rules(assembly: Assembly) -> Iterator[Flow]:
    for rule in assembly.resources("AWS::Events::Rule"):
        # S3 sends events to the account's default bus, which isn't in a template.
        bucket = rule.get("EventPattern", "detail", "bucket", "name")
        for source in assembly.shown_by([rule.get("EventBusName"), bucket]):
            types = ", ".join(texts(rule.get("EventPattern", "detail-type")))
            yield Flow(source, rule, "calls", types)
        for target in items(rule.get("Targets")):
            for resource in assembly.shown_by(dig(target, "Arn")):
                yield Flow(rule, resource, "calls")


def _schedules(assembly: Assembly) -> Iterator[Flow]:
    for schedule in assembly.resources("AWS::Scheduler::Schedule"):
        for resource in assembly.shown_by(schedule.get("Target", "Arn")):
            yield Flow(schedule, resource, "calls")


def _words(policy: Value) -> list[str]:
    """Return the texts that a filter policy matches; other conditions are left out."""
    if isinstance(policy, dict):
        return [word for item in policy.values() for word in _words(item)]
    return texts(policy)
