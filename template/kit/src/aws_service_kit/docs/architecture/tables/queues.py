"""Queues, their dead-letter queues, and the redrive of failed messages."""

from __future__ import annotations

from aws_service_kit.docs.architecture.assembly import Resource
from aws_service_kit.docs.architecture.flows.flow import End, Flow
from aws_service_kit.docs.architecture.formatting import duration
from aws_service_kit.docs.architecture.graph import Graph
from aws_service_kit.docs.architecture.markdown import block, code, table, times
from aws_service_kit.docs.architecture.values import number
from aws_service_kit.operations.remedies import remedy

QUEUE = "AWS::SQS::Queue"
# SQS's defaults.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
DEFAULT_RETENTION_S = 345_600
DEFAULT_VISIBILITY_S = 30

QUEUES = (
    "Queue",
    "Stack",
    "Sources",
    "Consumers",
    "Visibility timeout",
    "Retention",
    "Dead-letter queue",
)
DEAD_LETTER_QUEUES = ("Dead-letter queue", "Stack", "Retention", "After the cause is fixed")

MOVE = """\
$ python3 dev.py dead-letters redrive --environment {environment} --queue {stack}/{queue}"""


def render(graph: Graph, *, environment: str) -> str:
    """Return a table of queues, a table of dead-letter queues, and the redrive commands.

    Args:
        graph: The service.
        environment: The name of its environment.
    """
    queues = list(graph.assembly.resources(QUEUE))
    dead = [queue for queue in queues if graph.receives_failures(queue)]
    live = [queue for queue in queues if queue not in dead]
    parts = []
    if live:
        parts.append(table(QUEUES, [_queue(graph, queue) for queue in live]))
    if dead:
        parts.append(
            table(DEAD_LETTER_QUEUES, [_dead_letter_queue(graph, queue) for queue in dead])
        )
    for queue in dead:
        if any(_type(flow.source) == QUEUE for flow in graph.into(queue, "fails")):
            command = MOVE.format(
                environment=environment, stack=queue.stack, queue=queue.logical_id
            )
            parts += [f"Move the messages of {code(queue.name)} back:", block("console", command)]
    return "\n\n".join(parts)


def _queue(graph: Graph, queue: Resource) -> tuple[str, ...]:
    senders = graph.into(queue, "calls", "uses")
    consumers = graph.out_of(queue, "calls")
    return (
        code(queue.name),
        code(queue.stack),
        times(_name(flow.source) for flow in senders),
        times(_name(flow.target) for flow in consumers),
        duration(number(queue.get("VisibilityTimeout")) or DEFAULT_VISIBILITY_S),
        _kept(queue),
        ", ".join(
            f"{flow.label}: {code(_name(flow.target))}" for flow in graph.out_of(queue, "fails")
        ),
    )


def _dead_letter_queue(graph: Graph, queue: Resource) -> tuple[str, ...]:
    return code(queue.name), code(queue.stack), _kept(queue), "<br>".join(remedies(graph, queue))


def remedies(graph: Graph, queue: Resource) -> list[str]:
    """Return the remedy for the messages of a dead-letter queue, for each of their sources."""
    return [
        f"From {code(_name(flow.source))}: {_remedy(graph, flow)}."
        for flow in graph.into(queue, "fails")
    ]


def _remedy(graph: Graph, flow: Flow) -> str:
    targets = [_name(call.target) for call in graph.out_of(flow.source, "calls")]
    return remedy(_type(flow.source), source=code(_name(flow.source)), targets=times(targets))


def _kept(queue: Resource) -> str:
    return duration(number(queue.get("MessageRetentionPeriod")) or DEFAULT_RETENTION_S)


def _type(end: End) -> str:
    return end.type if isinstance(end, Resource) else ""


def _name(end: End) -> str:
    return end.name if isinstance(end, Resource) else ""
