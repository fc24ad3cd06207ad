"""Add functions that process messages of a queue, a topic or the event bus."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aws_service_kit.generate.edits import (
    add_definition,
    add_entry,
    add_enum_member,
    add_import,
)
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.function.new_function import NewFunction, module_of
from aws_service_kit.generate.names import snake_case
from aws_service_kit.generate.paths import DOMAIN, HANDLERS

TYPES = DOMAIN / "events.py"
TYPES_START = '''\
"""Types of the service's events."""

from enum import StrEnum


class EventType(StrEnum):
    """The types of messages. Topics and rules filter by them, so a type never changes."""
'''
CONSUMED = HANDLERS / "consumed_events.py"
CONSUMED_START = '''\
"""Events that the service consumes. docs/events.json is derived from these models."""

from collections.abc import Mapping

from pydantic import BaseModel

EVENTS: Mapping[str, type[BaseModel]] = {}
'''
ENUM = "EventType"

# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
TYPE = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,127}")


@dataclass(frozen=True)
class MessageType:
    """The type of a function's messages.

    Attributes:
        text: The type, such as `Invoice Issued`.
        member: Its member of the service's enumeration, such as `INVOICE_ISSUED`.
        model: The model of the data that the function reads.
    """

    text: str
    member: str
    model: str

    @property
    def code(self) -> str:
        """The type in code."""
        return f"{ENUM}.{self.member}"


def plan_queue(function: NewFunction, text: str) -> None:
    """Plan the consumer of a queue.

    Raises:
        GenerateError: There is no such queue, or it has a consumer.
    """
    queue = function.service.resource("Queue", text, remedy=f"python3 dev.py add queue {text}")
    if function.stack is not None and function.stack != queue.stack:
        raise GenerateError(
            f"a queue's consumer is in the queue's stack, {queue.stack.domain}: omit --stack"
        )
    if not function.homes and function.service.has_consumer(queue):
        raise GenerateError(
            f"{queue.label} has a consumer, and SQS sends a message to only one consumer: add "
            f"another queue with `python3 dev.py add queue {function.name.kebab}`"
        )
    message = _message_type(function, None)
    function.create_files("queue", message=message, source=f"the queue {queue.id}")
    _declare(function, message)
    function.add_to_stack(queue.stack, "queue", uses=[queue])
    function.show_message(queue, message.text)


def plan_topic(function: NewFunction, text: str) -> None:
    """Plan a queue that is subscribed to a topic, and its consumer.

    Raises:
        GenerateError: There is no such topic.
    """
    topic = function.service.resource("Topic", text, remedy=f"python3 dev.py add topic {text}")
    message = _message_type(function, None)
    function.create_files("queue", message=message, source=f"the topic {topic.id}")
    _declare(function, message)
    function.add_to_stack(
        function.stack or topic.stack,
        "topic",
        uses=[topic],
        constructs=["Queue"],
        imports=[(module_of(TYPES), ENUM)],
        message=message,
    )
    function.create_stack_test("topic", message=message)
    function.show_message(topic, message.text)


def plan_event(function: NewFunction, text: str) -> None:
    """Plan a rule of the event bus, and its target.

    Raises:
        GenerateError: There is no bus.
    """
    remedy = f"`{function.service.update_command('events')}`"
    bus = function.service.only("EventBus", function.stack, remedy=remedy)
    message = _message_type(function, text)
    function.create_files("event", message=message)
    _declare(function, message)
    function.add_to_stack(
        function.stack or bus.stack,
        "event",
        uses=[bus],
        constructs=["DeadLetterQueue", "Rule"],
        imports=[(module_of(TYPES), ENUM)],
        message=message,
    )
    function.create_stack_test("event", message=message)
    function.show_message(bus, message.text)


def _message_type(function: NewFunction, text: str | None) -> MessageType:
    """Return the type: from the trigger, from `--type`, or from the function's name."""
    text = (text or function.event_type or function.name.title).strip()
    if not TYPE.fullmatch(text):
        raise GenerateError(
            f"{text!r} is no type of events: use up to 128 letters, digits and spaces, such as "
            '"Invoice Issued"'
        )
    known = {value: member for member, value in function.service.enum_members(TYPES, ENUM).items()}
    member = known.get(text, snake_case(text).upper())
    return MessageType(text, member, f"{function.name.pascal}Data")


def _declare(function: NewFunction, message: MessageType) -> None:
    """Declare the type and the model of the data."""
    plan = function.plan
    plan.edit(TYPES, add_enum_member(ENUM, message.member, message.text), start=TYPES_START)
    model = function.render("consumed_model", message=message)
    edits = [
        add_import("pydantic", "BaseModel"),
        add_import("pydantic", "ConfigDict"),
        add_definition(model, before="EVENTS"),
    ]
    declared = function.service.entries(CONSUMED, "EVENTS")
    # Each consumer reads a part of the data. The document describes the part of the first one.
    if declared.get(message.code, message.model) == message.model:
        edits += [
            add_import(module_of(TYPES), ENUM),
            add_entry("EVENTS", message.code, message.model),
        ]
    plan.edit(CONSUMED, *edits, start=CONSUMED_START)
