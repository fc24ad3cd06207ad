"""The queues, what becomes of their poison messages, and how dead letters are redriven."""

from __future__ import annotations

from aws_service_kit.docs.architecture.assembly import Resource
from aws_service_kit.docs.architecture.flows.flow import End, Flow
from aws_service_kit.docs.architecture.graph import Graph
from aws_service_kit.docs.architecture.markdown import block, code, table, times
from aws_service_kit.docs.architecture.values import number
from aws_service_kit.docs.architecture.words import duration

QUEUE = "AWS::SQS::Queue"
# What SQS does where a template doesn't say.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
DEFAULT_RETENTION_S = 345_600
DEFAULT_VISIBILITY_S = 30

QUEUES = ("Queue", "Stack", "Filled by", "Consumed by", "Hidden while in work", "Kept", "Then")
DEAD_LETTERS = ("Dead letters", "Stack", "Kept", "What to do once the cause is mended")

# What a message holds depends on who sent it.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
# https://docs.aws.amazon.com/eventbridge/latest/userguide/rule-dlq.html
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
REMEDIES = {
    "AWS::Events::Rule": "the attributes tell what failed; send the event to {targets} again",
    "AWS::Lambda::Function": "invoke {source} again with the message's `requestPayload`",
    "AWS::SNS::Topic": "send the message to its subscriber again, not to the topic",
    "AWS::SQS::Queue": "move them back to {source}, as below",
    "AWS::Scheduler::Schedule": "give the message's input to {targets}, or wait for the next time",
}
REMEDY = "look into the message, and do again what it was for"

MOVE = """\
$ aws cloudformation describe-stack-resource --stack-name {stack} --logical-resource-id {queue}
$ aws sqs get-queue-attributes --queue-url URL --attribute-names QueueArn
$ aws sqs start-message-move-task --source-arn ARN"""


def render(graph: Graph, *, stack_prefix: str) -> str:
    """Write a table of queues, one of dead letters, and how messages are moved back.

    Args:
        graph: The service.
        stack_prefix: What the stacks' full names begin with.
    """
    queues = list(graph.assembly.resources(QUEUE))
    dead = [queue for queue in queues if graph.takes_failures(queue)]
    live = [queue for queue in queues if queue not in dead]
    parts = []
    if live:
        parts.append(table(QUEUES, [_queue(graph, queue) for queue in live]))
    if dead:
        parts.append(table(DEAD_LETTERS, [_dead_letters(graph, queue) for queue in dead]))
    for queue in dead:
        if any(_type(flow.source) == QUEUE for flow in graph.into(queue, "fails")):
            command = MOVE.format(stack=f"{stack_prefix}{queue.stack}", queue=queue.logical_id)
            parts += [f"Move what {code(queue.name)} holds back:", block("console", command)]
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


def _dead_letters(graph: Graph, queue: Resource) -> tuple[str, ...]:
    remedies = [
        f"From {code(_name(flow.source))}: {_remedy(graph, flow)}."
        for flow in graph.into(queue, "fails")
    ]
    return code(queue.name), code(queue.stack), _kept(queue), "<br>".join(remedies)


def _remedy(graph: Graph, flow: Flow) -> str:
    targets = [_name(call.target) for call in graph.out_of(flow.source, "calls")]
    return REMEDIES.get(_type(flow.source), REMEDY).format(
        source=code(_name(flow.source)), targets=times(targets)
    )


def _kept(queue: Resource) -> str:
    return duration(number(queue.get("MessageRetentionPeriod")) or DEFAULT_RETENTION_S)


def _type(end: End) -> str:
    return end.type if isinstance(end, Resource) else ""


def _name(end: End) -> str:
    return end.name if isinstance(end, Resource) else ""
