"""Send messages to the queues, topics, buses and state machines that run here.

What is sent for an example, the team says: `EXAMPLES` in `tooling/examples.py`.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aws_service_kit.local.cloud import Cloud, LocalError
from aws_service_kit.local.resources import Deployed
from aws_service_kit.runtime.envelope import TYPE_ATTRIBUTE, Envelope
from aws_service_kit.runtime.ids import new_id, now

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = "tooling.examples"
FORM = """'{"type": "Something Happened", "data": {}}'"""


@dataclass(frozen=True)
class Message:
    """What the team says of a message; the rest of the envelope follows.

    Attributes:
        type: What has happened.
        data: What it is about, as JSON.
    """

    type: str
    data: Mapping[str, Any]

    def to_json(self) -> str:
        """Return it as it can be sent again."""
        return json.dumps(asdict(self), ensure_ascii=False)


Example = Callable[[Cloud, Sequence[Deployed]], Message]
"""Makes what a message is about, and the message."""


def commands(found: Sequence[Deployed]) -> Iterator[str]:
    """Give a command for each example whose receiver is there."""
    for each in _receivers(found):
        if each in _examples():
            yield f"python3 dev.py local-send {each}"


def receiver(found: Sequence[Deployed], address: str) -> Deployed:
    """Find who gets messages: `messaging/Requests` is the stack, and the name there.

    Raises:
        LocalError: Nobody there does.
    """
    there = _receivers(found)
    if address not in there:
        raise LocalError(f"nothing takes messages at {address}; these do: {', '.join(there)}")
    return there[address]


def example(cloud: Cloud, found: Sequence[Deployed], address: str) -> Message:
    """Make the team's example for somebody.

    Raises:
        LocalError: There is none.
    """
    examples = _examples()
    if address not in examples:
        raise LocalError(f"tooling/examples.py has nothing for {address}: give a message, {FORM}")
    return examples[address](cloud, found)


def read(text: str) -> Message:
    """Return the message in a command's argument.

    Raises:
        LocalError: It is none.
    """
    try:
        return Message(**json.loads(text))
    except (TypeError, ValueError):
        raise LocalError(f"a message is JSON such as {FORM}") from None


def send(cloud: Cloud, to: Deployed, message: Message, service: str) -> Envelope:
    """Send a message as the service's functions do.

    Args:
        cloud: The emulator.
        to: Who gets it.
        message: What it says.
        service: Who sends it.

    Returns:
        The envelope, with ids of its own.
    """
    time = now()
    envelope = Envelope(
        id=new_id(time),
        correlation_id=new_id(time),
        type=message.type,
        source=service,
        time=time,
        data=dict(message.data),
    )
    deliver(cloud, to, envelope)
    return envelope


def deliver(cloud: Cloud, to: Deployed, envelope: Envelope) -> None:
    """Hand an envelope to a queue, topic, bus or state machine."""
    SENDERS[to.kind](cloud, to.physical_id, envelope)


def _receivers(found: Sequence[Deployed]) -> dict[str, Deployed]:
    return {f"{each.stack}/{each.logical_id}": each for each in found if each.kind in SENDERS}


def _examples() -> Mapping[str, Example]:
    # A service of an older release has none.
    if find_spec(EXAMPLES) is None:
        return {}
    found: Mapping[str, Example] = importlib.import_module(EXAMPLES).EXAMPLES
    return found


def _to_queue(cloud: Cloud, url: str, envelope: Envelope) -> None:
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody=envelope.to_json())


def _to_topic(cloud: Cloud, arn: str, envelope: Envelope) -> None:
    kind = {TYPE_ATTRIBUTE: {"DataType": "String", "StringValue": envelope.type}}
    text = envelope.to_json()
    cloud.client("sns").publish(TopicArn=arn, Message=text, MessageAttributes=kind)


def _to_bus(cloud: Cloud, name: str, envelope: Envelope) -> None:
    event = {
        "EventBusName": name,
        "Source": envelope.source,
        "DetailType": envelope.type,
        "Detail": envelope.to_json(),
    }
    cloud.client("events").put_events(Entries=[event])


def _to_machine(cloud: Cloud, arn: str, envelope: Envelope) -> None:
    cloud.client("stepfunctions").start_execution(stateMachineArn=arn, input=envelope.to_json())


SENDERS = MappingProxyType(
    {
        "AWS::Events::EventBus": _to_bus,
        "AWS::SNS::Topic": _to_topic,
        "AWS::SQS::Queue": _to_queue,
        "AWS::StepFunctions::StateMachine": _to_machine,
    }
)
"""How each kind of receiver gets an envelope, by its type in CloudFormation."""
