"""Add a function to a stack: the steps that are the same for all triggers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pydantic import JsonValue

from aws_service_kit.generate.edits import (
    Edit,
    add_definition,
    add_import,
    add_requirement,
    add_to_constructor,
)
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.names import FUNCTION_NAME_LENGTH, Name
from aws_service_kit.generate.paths import HANDLERS, STACK_TESTS, UNIT_TESTS
from aws_service_kit.generate.plan import Plan
from aws_service_kit.generate.rendering import render
from aws_service_kit.generate.service import Resource, ServiceSource
from aws_service_kit.generate.stack_source import CONSTRUCTS, StackSource

# Modules of the kit's constructs, by the name of the class.
MODULES = {
    "Bucket": "bucket",
    "BucketNotification": "bucket_notification",
    "DeadLetterQueue": "queue",
    "EventBus": "event_bus",
    "Function": "function",
    "GeneratedSecret": "secret",
    "FunctionTask": "state_machine",
    "Queue": "queue",
    "RestApi": "api",
    "Rule": "event_bus",
    "Schedule": "schedule",
    "ServiceStack": "stack",
    "StateMachine": "state_machine",
    "StreamConsumer": "stream_consumer",
    "Table": "table",
    "Topic": "topic",
    "function_target": "schedule",
}


@dataclass(frozen=True)
class NewFunction:
    """A function to add.

    Attributes:
        service: The service's code.
        plan: The plan for its files and edits.
        name: Its name, such as `draw_invoice`.
        stack_name: The stack that the user chose, if any.
        event_type: The type of its messages that the user chose, if any.
        signature: How a webhook's sender signs.
    """

    service: ServiceSource
    plan: Plan
    name: Name
    stack_name: str | None
    event_type: str | None
    signature: str

    @property
    def sentence(self) -> str:
        """The name as the beginning of a sentence: `Draw invoice`."""
        return self.name.text.capitalize()

    @property
    def stack(self) -> StackSource | None:
        """The stack that the user chose."""
        return None if self.stack_name is None else self.service.stack(self.stack_name)

    @property
    def homes(self) -> list[StackSource]:
        """The stacks that already have the function."""
        return self.service.stacks_of_function(self.name.snake)

    def create_files(self, template: str, **values: object) -> None:
        """Create the handler and its unit test.

        Args:
            template: The trigger's templates: `handler_<template>` and `unit_<template>`.
            values: Their variables, in addition to `function` and `name`.
        """
        handler = HANDLERS / f"{self.name.snake}.py"
        test = UNIT_TESTS / "handlers" / f"test_{self.name.snake}.py"
        self.plan.create(handler, self.render(f"handler_{template}", **values))
        self.plan.create(test, self.render(f"unit_{template}", **values))
        self.plan.next(f"python3 dev.py quick {test}")

    def create_stack_test(self, template: str, **values: object) -> None:
        """Create a test of the synthesized templates."""
        test = STACK_TESTS / f"test_{self.name.snake}.py"
        self.plan.create(test, self.render(f"stack_test_{template}", **values))

    def render(self, template: str, **values: object) -> str:
        """Return the text of a template with the variables of every function."""
        return render(f"function/{template}.py.j2", function=self, name=self.name, **values)

    def add_to_stack(
        self,
        stack: StackSource,
        template: str,
        *,
        uses: Sequence[Resource] = (),
        constructs: Sequence[str] = (),
        imports: Sequence[tuple[str, str]] = (),
        **values: object,
    ) -> None:
        """Add the function that creates the construct, and a call of it in the stack's `__init__`.

        Args:
            stack: The stack, unless another one has the function already.
            template: The function's template, `stack_<template>`.
            uses: The resources that the function gets as additional arguments.
            constructs: The constructs of the kit that the template uses, except `Function`.
            imports: Other names that the template uses, each as module and name.
            values: Variables of the template, in addition to `function` and `name`.
        """
        stack = self._home(stack)
        self._check_id(stack)
        edits = [import_of(each) for each in ("Function", "ServiceStack", *constructs)]
        edits += [add_import(module, name) for module, name in imports]
        for resource in uses:
            edits += [import_of(resource.class_name), *self._require(resource, stack)]
        given = [self._expression(resource, stack) for resource in uses]
        code = self.render(f"stack_{template}", **values)
        edits.append(add_import("aws_cdk", "Duration"))
        edits.append(add_definition(code))
        call = f"add_{self.name.snake}({', '.join(['self', *given])})"
        edits.append(add_to_constructor(stack.class_name, call, given))
        self.plan.edit(stack.path, *edits)

    def show_message(self, receiver: Resource, event_type: str) -> None:
        """Suggest the command that sends a message to the function."""
        message = _json({"type": event_type, "data": {"id": "1"}})
        address = f"{receiver.stack.domain}/{receiver.id}"
        self.finish(f"python3 dev.py local-send {address} {message}")

    def finish(self, *commands: str) -> None:
        """Suggest the commands that run the function locally, and check the service."""
        self.plan.next("python3 dev.py local", *commands, "python3 dev.py check")

    def _home(self, stack: StackSource) -> StackSource:
        """Return the stack that has the function, since the default may have changed."""
        if not self.homes or stack.path in {home.path for home in self.homes}:
            return stack
        home = self.homes[0]
        if self.stack_name is not None:
            raise GenerateError(
                f"the stack {home.domain} has the function already: omit --stack, or choose "
                "another name"
            )
        return home

    def _check_id(self, stack: StackSource) -> None:
        if self.homes:
            return
        self.name.check_length("function", FUNCTION_NAME_LENGTH, self.service.function_prefix)
        self.name.check_fits()
        for construct in stack.constructs:
            if construct.id == self.name.pascal:
                raise GenerateError(
                    f"{stack.path} already has a {construct.class_name} with the id "
                    f"{construct.id!r}: choose another name"
                )

    def _require(self, resource: Resource, stack: StackSource) -> list[Edit]:
        """Return the edits that make a stack require a resource of another stack."""
        if resource.stack == stack:
            return []
        if resource.attribute is None:
            raise GenerateError(
                f"{resource.label} isn't provided to other stacks: assign it to an annotated "
                f"attribute of {resource.stack.class_name}, or omit --stack"
            )
        if self.service.depends_on(resource.stack, stack):
            raise GenerateError(
                f"the stack {resource.stack.domain} depends on {stack.domain}, so {stack.domain} "
                f"can't use {resource.label}: choose another stack"
            )
        return [add_requirement(stack.class_name, resource.attribute, resource.class_name)]

    def _expression(self, resource: Resource, stack: StackSource) -> str:
        if resource.stack != stack and resource.attribute is not None:
            return resource.attribute
        # Without an expression, `__init__` has no variable for it, and the user inserts the call.
        return resource.expression or Name.parse(f"the {resource.id}").snake


def import_of(construct: str) -> Edit:
    """Return the edit that imports a construct of the kit."""
    return add_import(f"{CONSTRUCTS}.{MODULES[construct]}", construct)


def module_of(path: PurePosixPath) -> str:
    """Return the module of a file below `src`: `service.handlers.contract`."""
    return ".".join(path.relative_to("src").with_suffix("").parts)


def _json(value: Mapping[str, JsonValue]) -> str:
    """Return JSON in single quotes for a shell; the values contain none."""
    return f"'{json.dumps(value)}'"
