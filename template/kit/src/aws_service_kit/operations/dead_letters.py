"""List the dead-letter queues of an environment, show their messages, and redrive them.

`python3 dev.py dead-letters list --environment dev` reads with the shell's credentials. It finds
the dead-letter queues and their sources in the deployed templates. `show` masks personal data.
`redrive` makes SQS move the messages back to their source queues, or invokes functions again with
the events or changes that failed. For other sources it prints what to do
(kit/guides/dead-letters.md).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aws_service_kit.command_line import number_in
from aws_service_kit.config import ENVIRONMENT_NAMES, ConfigError, load
from aws_service_kit.controls.evidence.assembly import Assembly, Resource, resources_of
from aws_service_kit.controls.evidence.failures import dead_letter_queues
from aws_service_kit.controls.evidence.intrinsics import Template
from aws_service_kit.controls.evidence.resource_types import (
    EVENT_SOURCE,
    FUNCTION,
    QUEUE,
    RULE,
    SCHEDULE,
    SUBSCRIPTION,
    noun,
)
from aws_service_kit.controls.evidence.values import Value, dig, items
from aws_service_kit.operations.deployed import AWS_ERRORS, Deployed, find
from aws_service_kit.operations.failed_invocations import RedriveError, repeat
from aws_service_kit.operations.masking import mask
from aws_service_kit.operations.queues import oldest_message_age
from aws_service_kit.operations.remedies import remedy

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
RATES = range(1, 501)
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
MESSAGES_OF_A_CALL = 10
# How long other receivers can't receive a message that is shown. At the end it is visible again.
HIDDEN_SECONDS = 60
MOST_SHOWN = 100

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasksResultEntry.html
MOVING = {"CANCELLING", "RUNNING"}
BETWEEN_LOOKS_SECONDS = 2
# Sources whose messages name a function that can be invoked again.
INVOKED = {EVENT_SOURCE, FUNCTION}
# The longest time-out of a function, for which its message is hidden from others.
INVOCATION_SECONDS = 900
# SQS's failure reason for a message that came from no queue.
NO_SOURCE = "CouldNotDetermineMessageSource"


@dataclass(frozen=True)
class Source:
    """A source of a dead-letter queue: a resource whose failed messages are sent there.

    Attributes:
        type: Its CloudFormation type.
        name: Its stack and logical id, such as `messaging/Requests`.
        targets: The names of the resources that it delivers to.
    """

    type: str
    name: str
    targets: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{noun(self.type)} {self.name}"

    @property
    def remedy(self) -> str:
        """The remedy for its failed messages."""
        return remedy(self.type, source=self.name, targets=", ".join(self.targets))


@dataclass(frozen=True)
class DeadLetterQueue:
    """A dead-letter queue of the service.

    Attributes:
        name: Its stack and logical id, such as `messaging/RequestsDeadLetters`.
        url: The queue's URL.
        sources: The resources that send failed messages there.
        functions: The names of the service's functions.
    """

    name: str
    url: str
    sources: tuple[Source, ...]
    functions: frozenset[str] = frozenset()

    @property
    def physical_name(self) -> str:
        """The queue's name in SQS."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class Depth:
    """The approximate number of messages in a queue.

    Attributes:
        visible: The number of messages that can be received or moved.
        hidden: The number of messages that a receiver has, for the visibility timeout.
        arn: The queue's ARN.
        retention: How long SQS keeps a message after it was first sent.
    """

    visible: int
    hidden: int
    arn: str
    retention: timedelta


def find_queues(deployed: Deployed) -> list[DeadLetterQueue]:
    """Find the dead-letter queues of a service by the templates of its stacks.

    Args:
        deployed: The service in an environment.
    """
    templates: list[Template] = []
    urls: dict[tuple[str, str], str] = {}
    functions: set[str] = set()
    client = deployed.client("cloudformation")
    for stack in deployed.stacks():
        body = client.get_template(StackName=stack["StackId"])["TemplateBody"]
        # A text is a template in YAML, which isn't one of the service: the CDK writes JSON.
        if not isinstance(body, Mapping):
            continue
        template = _template(deployed, stack, body)
        templates.append(template)
        for resource in deployed.resources_of(stack, FUNCTION, QUEUE):
            if resource.type == FUNCTION:
                functions.add(resource.physical_id)
            else:
                urls[template.domain, resource.logical_id] = resource.physical_id
    assembly = Assembly(Path(), tuple(resources_of(tuple(templates), deployed.environment)))
    found = [
        DeadLetterQueue(
            queue.name,
            url,
            tuple(_source(assembly, each) for each in sources),
            frozenset(functions),
        )
        for queue, sources in dead_letter_queues(assembly).items()
        if (url := urls.get((queue.stack, queue.logical_id)))
    ]
    return sorted(found, key=lambda queue: queue.name)


def choose(queues: Sequence[DeadLetterQueue], name: str) -> DeadLetterQueue:
    """Return a queue by its name.

    Args:
        queues: The service's dead-letter queues.
        name: A stack and a logical id, or the logical id alone if no other queue has it.

    Raises:
        ConfigError: There is no such queue, or more than one.
    """
    matching = [queue for queue in queues if queue.name == name] or [
        queue for queue in queues if queue.name.rpartition("/")[2] == name
    ]
    if len(matching) == 1:
        return matching[0]
    names = ", ".join(queue.name for queue in matching or queues) or "none"
    problem = "is more than one dead-letter queue" if matching else "is no dead-letter queue"
    raise ConfigError(f"{name} {problem}; there are: {names}")


def depth_of(sqs: Any, url: str) -> Depth:  # noqa: ANN401 (a client)
    """Return the approximate number of messages in a queue."""
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return Depth(
        visible=int(attributes["ApproximateNumberOfMessages"]),
        hidden=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        arn=attributes["QueueArn"],
        retention=timedelta(seconds=int(attributes["MessageRetentionPeriod"])),
    )


@contextmanager
def received(sqs: Any, url: str, limit: int) -> Iterator[list[Mapping[str, Any]]]:  # noqa: ANN401 (a client)
    """Receive messages, each once, and make them visible again at the end.

    SQS increases the receive count of each message, which can't be avoided.

    Args:
        sqs: A client of SQS.
        url: The queue's URL.
        limit: The maximum number of messages.
    """
    messages: dict[str, Mapping[str, Any]] = {}
    try:
        while len(messages) < limit:
            found = sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(MESSAGES_OF_A_CALL, limit - len(messages)),
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not found:
                break
            messages.update({message["MessageId"]: message for message in found})
        yield list(messages.values())
    finally:
        for batch in _batches(list(messages.values())):
            sqs.change_message_visibility_batch(
                QueueUrl=url,
                Entries=[
                    {
                        "Id": str(number),
                        "ReceiptHandle": message["ReceiptHandle"],
                        "VisibilityTimeout": 0,
                    }
                    for number, message in enumerate(batch)
                ],
            )


def described(message: Mapping[str, Any], retention: timedelta, attributes: Sequence[str]) -> str:
    """Return a message as JSON, with personal data masked.

    Args:
        message: The message, as SQS returns it.
        retention: How long its queue keeps it.
        attributes: The names of attributes with personal data.
    """
    system = message.get("Attributes", {})
    sent = datetime.fromtimestamp(int(system.get("SentTimestamp", 0)) / 1000, UTC)
    shown = {
        "id": message["MessageId"],
        "sent": sent.isoformat(timespec="seconds"),
        "kept_until": (sent + retention).isoformat(timespec="seconds"),
        "receive_count": int(system.get("ApproximateReceiveCount", 0)),
        "source_queue": system.get("DeadLetterQueueSourceArn"),
        "attributes": mask(
            {name: _value(each) for name, each in message.get("MessageAttributes", {}).items()},
            attributes,
        ),
        "body": mask(message["Body"], attributes),
    }
    text = json.dumps(shown, ensure_ascii=False, indent=2, default=str)
    # Control characters of a message could control the terminal.
    return "".join(
        each if each.isprintable() or each == "\n" else f"\\u{ord(each):04x}" for each in text
    )


def redrive(
    sqs: Any,  # noqa: ANN401 (a client)
    arn: str,
    *,
    rate: int | None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Move the messages of a dead-letter queue to their source queues, and wait for SQS to do it.

    Args:
        sqs: A client of SQS.
        arn: The dead-letter queue's ARN.
        rate: The maximum number of messages per second; None lets SQS choose.
        sleep: Waits a number of seconds.

    Returns:
        The approximate number of moved messages.

    Raises:
        RedriveError: Not all of them were moved.
    """
    limit = {} if rate is None else {"MaxNumberOfMessagesPerSecond": rate}
    earlier = _latest_task(sqs, arn).get("StartedTimestamp")
    handle = sqs.start_message_move_task(SourceArn=arn, **limit)["TaskHandle"]
    try:
        while (task := _task_after(sqs, arn, earlier))["Status"] in MOVING:
            sleep(BETWEEN_LOOKS_SECONDS)
    except (KeyboardInterrupt, *AWS_ERRORS) as error:
        cause = f" ({error})" if str(error) else ""
        raise RedriveError(
            f"SQS continues the redrive{cause}; cancel it with `aws sqs cancel-message-move-task "
            f"--task-handle {handle}`"
        ) from None
    moved = int(task.get("ApproximateNumberOfMessagesMoved", 0))
    if task["Status"] == "COMPLETED":
        return moved
    reason = task.get("FailureReason", task["Status"])
    if NO_SOURCE in reason:
        reason += ": a message came from no queue; `show` it, and use the remedy for its source"
    raise RedriveError(f"SQS moved {moved} messages and then stopped: {reason}")


def repeat_invocations(
    deployed: Deployed,
    queue: DeadLetterQueue,
    limit: int,
    *,
    rate: int | None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Invoke functions again for the messages of a queue, and delete these messages.

    Args:
        deployed: The service in an environment.
        queue: The queue.
        limit: The maximum number of messages.
        rate: Invocations a second, at most; None for no limit.
        sleep: Waits a number of seconds.

    Returns:
        The number of repeated invocations.

    Raises:
        RedriveError: An invocation can't be repeated. Its message and the later ones stay.
    """
    sqs = deployed.client("sqs")
    for repeated in range(limit):
        messages = sqs.receive_message(
            QueueUrl=queue.url, VisibilityTimeout=INVOCATION_SECONDS, WaitTimeSeconds=1
        ).get("Messages")
        if not messages:
            return repeated
        message = {"QueueUrl": queue.url, "ReceiptHandle": messages[0]["ReceiptHandle"]}
        try:
            repeat(deployed, messages[0]["Body"], queue.functions)
        except BaseException as error:
            sqs.change_message_visibility(**message, VisibilityTimeout=0)
            if not isinstance(error, (KeyboardInterrupt, RedriveError, *AWS_ERRORS)):
                raise
            at = f"repeated {repeated} invocations; message {messages[0]['MessageId']}"
            raise RedriveError(f"{at}: {str(error) or 'interrupted'}") from None
        sqs.delete_message(**message)
        sleep(1 / rate if rate else 0)
    return limit


def main(arguments: Sequence[str]) -> int:
    """Run a subcommand in an environment.

    Returns:
        1 if it failed, else 0.
    """
    asked = _parser().parse_args(arguments)
    try:
        deployed = find(asked.environment)
        carry_out = {"list": _list, "show": _show, "redrive": _redrive}[asked.verb]
        carry_out(asked, deployed, _required_queues(deployed))
    except (*AWS_ERRORS, ConfigError, OSError, RedriveError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _required_queues(deployed: Deployed) -> list[DeadLetterQueue]:
    queues = find_queues(deployed)
    if not queues:
        raise ConfigError(f"{deployed.service} has no dead-letter queue in {deployed.environment}")
    return queues


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 dev.py dead-letters",
        description="List, show or redrive messages of dead-letter queues.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    for name, does in {
        "list": "list the dead-letter queues, with their depth, age and sources",
        "show": "print messages of a queue, with personal data masked",
        "redrive": "move the messages back to their queues, or repeat the failed invocations",
    }.items():
        verb = verbs.add_parser(name, help=does)
        verb.add_argument("--environment", choices=ENVIRONMENT_NAMES, required=True)
        if name != "list":
            verb.add_argument("--queue", required=True, help="a name that `list` prints")
        if name == "show":
            verb.add_argument(
                "--limit",
                type=number_in(range(1, MOST_SHOWN + 1)),
                default=MESSAGES_OF_A_CALL,
                help=f"the maximum number of messages, 1 to {MOST_SHOWN}; 10 by default",
            )
        if name == "redrive":
            verb.add_argument(
                "--rate",
                type=number_in(RATES),
                help=f"maximum messages per second, 1 to {RATES[-1]}; by default SQS chooses",
            )
            verb.add_argument(
                "--dry-run", action="store_true", help="print what would be moved, and move nothing"
            )
            verb.add_argument("--yes", action="store_true", help="don't ask for confirmation")
    return parser


def _list(asked: argparse.Namespace, deployed: Deployed, queues: Sequence[DeadLetterQueue]) -> None:
    del asked
    sqs, cloudwatch = deployed.client("sqs"), deployed.client("cloudwatch")
    now = datetime.now(UTC)
    for queue in queues:
        depth = depth_of(sqs, queue.url)
        count = depth.visible + depth.hidden
        age = oldest_message_age(cloudwatch, queue.physical_name, now) if count else timedelta()
        known = f", the oldest for {age - timedelta(microseconds=age.microseconds)}" if age else ""
        print(f"{queue.name}: {count} messages{known}; from {', '.join(map(str, queue.sources))}")


def _show(asked: argparse.Namespace, deployed: Deployed, queues: Sequence[DeadLetterQueue]) -> None:
    queue, sqs = choose(queues, asked.queue), deployed.client("sqs")
    attributes = load().records.subject_attributes
    depth = depth_of(sqs, queue.url)
    with received(sqs, queue.url, asked.limit) as messages:
        for message in messages:
            print(described(message, depth.retention, attributes))
    print(f"{len(messages)} of about {depth.visible + depth.hidden} messages", file=sys.stderr)


def _redrive(
    asked: argparse.Namespace, deployed: Deployed, queues: Sequence[DeadLetterQueue]
) -> None:
    queue, sqs = choose(queues, asked.queue), deployed.client("sqs")
    origins = [source.name for source in queue.sources if source.type == QUEUE]
    invoked = [] if origins else [each for each in queue.sources if each.type in INVOKED]
    _print_remedies(each for each in queue.sources if each.type != QUEUE and each not in invoked)
    if not origins and not invoked:
        raise RedriveError(
            f"SQS moves only messages that came from a queue, and {queue.name} has no source queue:"
            " follow the steps above (kit/guides/dead-letters.md)"
        )
    depth = depth_of(sqs, queue.url)
    if not depth.visible:
        print(f"{queue.name} has no message that can be moved; {depth.hidden} are hidden.")
        return
    messages = f"about {depth.visible} messages of {queue.name}"
    plan = f"Move {messages} to {', '.join(origins)}"
    if invoked:
        plan = f"Repeat the invocations in {messages}, from {', '.join(map(str, invoked))}"
    if asked.dry_run:
        print(f"Would {plan[0].lower()}{plan[1:]}.")
    elif not asked.yes and not _confirmed(f"{plan}, in {deployed.environment}?"):
        print("Nothing was moved.")
    elif invoked:
        repeated = repeat_invocations(deployed, queue, depth.visible, rate=asked.rate)
        print(f"Repeated {repeated} invocations. A message that fails again comes back or stays.")
    else:
        moved = redrive(sqs, depth.arn, rate=asked.rate)
        print(f"Moved {moved} messages. A message that fails again comes back.")


def _print_remedies(sources: Iterable[Source]) -> None:
    for source in sources:
        print(f"From {source}: {source.remedy}.")


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise RedriveError(
            "there is no terminal to ask for confirmation: add --yes, after --dry-run"
        )
    try:
        confirmation = input(f"{question} [y/N] ")
    except (EOFError, KeyboardInterrupt):
        print()
        return False
    return confirmation.strip().casefold() in {"y", "yes"}


def _template(deployed: Deployed, stack: Mapping[str, Any], body: Mapping[str, Any]) -> Template:
    prefix = f"{deployed.service}-{deployed.environment}-"
    _, _, _, region, account, _ = stack["StackId"].split(":", 5)
    return Template(
        domain=stack["StackName"].removeprefix(prefix),
        stack_name=stack["StackName"],
        account=account,
        region=region,
        body=body,
    )


def _source(assembly: Assembly, source: Resource) -> Source:
    values: Mapping[str, Value] = {
        RULE: [dig(target, "Arn") for target in items(source.get("Targets"))],
        SCHEDULE: source.get("Target", "Arn"),
        SUBSCRIPTION: source.get("Endpoint"),
    }
    targets = assembly.owners(source, values.get(source.type))
    return Source(source.type, source.name, tuple(target.name for target in targets))


def _latest_task(sqs: Any, arn: str) -> Mapping[str, Any]:  # noqa: ANN401 (a client)
    tasks = sqs.list_message_move_tasks(SourceArn=arn, MaxResults=1).get("Results", [])
    found: Mapping[str, Any] = tasks[0] if tasks else {}
    return found


def _task_after(
    sqs: Any,  # noqa: ANN401 (a client)
    arn: str,
    earlier: int | None,
) -> Mapping[str, Any]:
    """Return the started task; for a moment, SQS may still list an earlier one."""
    task = _latest_task(sqs, arn)
    if not task or task.get("StartedTimestamp") == earlier:
        return {"Status": "RUNNING"}
    return task


def _value(attribute: Mapping[str, Any]) -> Any:  # noqa: ANN401 (a text or bytes)
    return attribute.get("StringValue", attribute.get("BinaryValue"))


def _batches(messages: list[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    for first in range(0, len(messages), MESSAGES_OF_A_CALL):
        yield messages[first : first + MESSAGES_OF_A_CALL]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
