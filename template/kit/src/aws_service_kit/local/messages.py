"""Send messages to local queues, topics, buses and state machines.

The team's examples are `EXAMPLES` in `tooling/examples.py`.
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
from aws_service_kit.local.deployed_resources import DeployedResource
from aws_service_kit.runtime.envelope import TYPE_ATTRIBUTE, Envelope
from aws_service_kit.runtime.ids import new_id, now

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = "tooling.examples"
FORM = """'{"type": "Something Happened", "data": {}}'"""


@dataclass(frozen=True)
class Message:
    """The type and the data of a message; `send` adds the rest of the envelope.

    Attributes:
        type: The event type.
        data: The data, as JSON.
    """

    type: str
    data: Mapping[str, Any]

    def to_json(self) -> str:
        """Return the message as JSON for the command line."""
        return json.dumps(asdict(self), ensure_ascii=False)


Example = Callable[[Cloud, Sequence[DeployedResource]], Message]
"""Creates the resources that a message needs, and returns the message."""


def commands(found: Sequence[DeployedResource]) -> Iterator[str]:
    """Yield a command for each example whose receiver is deployed."""
    for each in _receivers(found):
        if each in _examples():
            yield f"python3 dev.py local-send {each}"


def receiver(found: Sequence[DeployedResource], address: str) -> DeployedResource:
    """Return a receiver of messages by stack and name, such as `messaging/Requests`.

    Raises:
        LocalError: There is no such receiver.
    """
    there = _receivers(found)
    if address not in there:
        raise LocalError(f"{address} receives no messages; these do: {', '.join(there)}")
    return there[address]


def example(cloud: Cloud, found: Sequence[DeployedResource], address: str) -> Message:
    """Return the team's example for a receiver.

    Raises:
        LocalError: There is no example.
    """
    examples = _examples()
    if address not in examples:
        raise LocalError(
            f"tooling/examples.py has no example for {address}: pass a message, {FORM}"
        )
    return examples[address](cloud, found)


def read(text: str) -> Message:
    """Parse a message of the command line.

    Raises:
        LocalError: The message is invalid.
    """
    try:
        return Message(**json.loads(text))
    except (TypeError, ValueError):
        raise LocalError(f"a message is JSON such as {FORM}") from None


def send(cloud: Cloud, to: DeployedResource, message: Message, service: str) -> Envelope:
    """Send a message as the service's functions do.

    Args:
        cloud: The emulator.
        to: The receiver.
        message: The message.
        service: The sender's name.

    Returns:
        The envelope, with new ids.
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


def deliver(cloud: Cloud, to: DeployedResource, envelope: Envelope) -> None:
    """Deliver an envelope to a queue, topic, bus or state machine."""
    SENDERS[to.kind](cloud, to.physical_id, envelope)


def _receivers(found: Sequence[DeployedResource]) -> dict[str, DeployedResource]:
    return {f"{each.stack}/{each.logical_id}": each for each in found if each.kind in SENDERS}


def _examples() -> Mapping[str, Example]:
    # A service of an older release has no examples.
    if find_spec(EXAMPLES) is None:
        return {}
    found: Mapping[str, Example] = importlib.import_module(EXAMPLES).EXAMPLES
    return found


def _to_queue(cloud: Cloud, url: str, envelope: Envelope) -> None:
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody=envelope.to_json())


def _to_topic(cloud: Cloud, arn: str, envelope: Envelope) -> None:
    attributes = {TYPE_ATTRIBUTE: {"DataType": "String", "StringValue": envelope.type}}
    text = envelope.to_json()
    cloud.client("sns").publish(TopicArn=arn, Message=text, MessageAttributes=attributes)


def _to_bus(cloud: Cloud, name: str, envelope: Envelope) -> None:
    event = {
        "EventBusName": name,
        "Source": envelope.source,
        "DetailType": envelope.type,
        "Detail": envelope.to_json(),
    }
    cloud.client("events").put_events(Entries=[event])


def _to_state_machine(cloud: Cloud, arn: str, envelope: Envelope) -> None:
    cloud.client("stepfunctions").start_execution(stateMachineArn=arn, input=envelope.to_json())


SENDERS = MappingProxyType(
    {
        "AWS::Events::EventBus": _to_bus,
        "AWS::SNS::Topic": _to_topic,
        "AWS::SQS::Queue": _to_queue,
        "AWS::StepFunctions::StateMachine": _to_state_machine,
    }
)
"""The function that delivers an envelope, by the receiver's CloudFormation type."""
