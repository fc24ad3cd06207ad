"""Flows of failures to their destinations, such as dead-letter queues."""

from __future__ import annotations

from collections.abc import Iterator

from aws_service_kit.controls.evidence.failures import ON_FAILURE
from aws_service_kit.docs.architecture.assembly import Assembly
from aws_service_kit.docs.architecture.flows.flow import Flow
from aws_service_kit.docs.architecture.values import Value, dig, items, number


def flows(assembly: Assembly) -> Iterator[Flow]:
    """Yield the flows to dead-letter queues and failure destinations."""
    for queue in assembly.resources("AWS::SQS::Queue"):
        tries = number(queue.get("RedrivePolicy", "maxReceiveCount"))
        for target in assembly.shown_by(queue.get("RedrivePolicy", "deadLetterTargetArn")):
            yield Flow(queue, target, "fails", f"after {tries:g} tries")
    for source, destination in (*_of_functions(assembly), *_of_events(assembly)):
        for owner in assembly.shown_by(source):
            for target in assembly.shown_by(destination):
                yield Flow(owner, target, "fails")


def _of_functions(assembly: Assembly) -> Iterator[tuple[Value, Value]]:
    """Yield the references to a function, and to the destination of its failures."""
    for function in assembly.resources("AWS::Lambda::Function"):
        yield function.reference, function.get("DeadLetterConfig", "TargetArn")
    for config in assembly.resources("AWS::Lambda::EventInvokeConfig"):
        yield config.get("FunctionName"), config.get(*ON_FAILURE)
    for mapping in assembly.resources("AWS::Lambda::EventSourceMapping"):
        yield mapping.get("EventSourceArn"), mapping.get(*ON_FAILURE)


def _of_events(assembly: Assembly) -> Iterator[tuple[Value, Value]]:
    """Yield the references to a source of deliveries, and to the destination of its failures."""
    for subscription in assembly.resources("AWS::SNS::Subscription"):
        target = subscription.get("RedrivePolicy", "deadLetterTargetArn")
        yield subscription.get("TopicArn"), target
    for rule in assembly.resources("AWS::Events::Rule"):
        for each in items(rule.get("Targets")):
            yield rule.reference, dig(each, "DeadLetterConfig", "Arn")
    for schedule in assembly.resources("AWS::Scheduler::Schedule"):
        yield schedule.reference, schedule.get("Target", "DeadLetterConfig", "Arn")
