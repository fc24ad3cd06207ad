"""Read a service's stacks, resources and functions from its code, without synthesis or imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import yaml

from aws_service_kit.config import ServiceConfig, load
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.paths import INFRASTRUCTURE, STACKS
from aws_service_kit.generate.stack_source import (
    FUNCTION,
    Construct,
    Route,
    StackSource,
    consumed,
    handler_of,
    parse,
    routes_of,
    stacks_of,
    targets,
)

# Names of resources for messages, by the class of the construct.
LABELS = {
    "Bucket": "bucket",
    "EventBus": "event bus",
    "Queue": "queue",
    "RestApi": "API",
    "StateMachine": "workflow",
    "Table": "table",
    "Topic": "topic",
}


@dataclass(frozen=True)
class Resource:
    """A resource that functions may use, such as a queue, and how code refers to it.

    Attributes:
        class_name: The name of its class, such as `Queue`.
        stack: The stack that creates it.
        id: Its construct id, if it is known.
        attribute: The name under which the stack provides it to others; None if it doesn't.
        expression: Code that refers to it in the `__init__` of its stack, such as
            `self.submissions`; None if another function creates it and doesn't return it.
    """

    class_name: str
    stack: StackSource
    id: str | None
    attribute: str | None
    expression: str | None

    @property
    def label(self) -> str:
        """The resource for messages, such as `messaging/Requests (submissions)`."""
        named = f"{self.stack.domain}/{self.id or self.attribute}"
        return f"{named} ({self.attribute})" if self.attribute and self.id else named

    def is_called(self, name: str) -> bool:
        """Return whether this resource has a name.

        Args:
            name: Its id or its attribute in any spelling, or both of stack and id, such as
                `messaging/Requests`.
        """
        domain, _, last = name.rpartition("/")
        if domain and domain != self.stack.domain:
            return False
        wanted = _key(last)
        return wanted in {_key(each) for each in (self.id, self.attribute) if each is not None}


@dataclass(frozen=True)
class ServiceSource:
    """A service's code.

    Example:
        ```python
        service = ServiceSource.read(root)
        queue = service.resource("Queue", "submissions")
        (queue.stack.class_name, queue.expression)  # ("MessagingStack", "self.submissions")
        ```

    Attributes:
        root: The service's folder.
        stacks: Its stacks, by path.
    """

    root: Path
    stacks: tuple[StackSource, ...]

    @classmethod
    def read(cls, root: Path) -> ServiceSource:
        """Read the stacks of the service in a folder.

        Raises:
            GenerateError: A stack's file isn't Python.
        """
        files = sorted(
            path for path in (root / STACKS).glob("*.py") if not path.name.startswith("_")
        )
        return cls(root, tuple(stack for path in files for stack in stacks_of(path, root)))

    @cached_property
    def config(self) -> ServiceConfig:
        """The service's configuration. Reading it may raise `ConfigError`."""
        return load(self.root)

    @property
    def function_prefix(self) -> str:
        """The longest prefix of function names: service, environment and a hyphen."""
        longest = max(self.config.environments, key=len)
        return f"{self.config.service.name}-{longest}-"

    def update_command(self, stack: str) -> str:
        """Return the command that adds one of the template's stacks to the service."""
        file = self.root / ".copier-answers.yml"
        answers = yaml.safe_load(file.read_bytes()) if file.is_file() else {}
        stacks = dict.fromkeys([*answers.get("stacks", ()), stack])
        return f"python3 dev.py update --data 'stacks=[{','.join(stacks)}]'"

    def stack(self, name: str) -> StackSource:
        """Return a stack by its name, its file or its class.

        Raises:
            GenerateError: There is none; the message lists all.
        """
        wanted = _key(name)
        # A file may have several stacks, and one of them may have the file's name.
        for attribute in ("domain", "class_name", "module"):
            for stack in self.stacks:
                if _key(getattr(stack, attribute)) == wanted:
                    return stack
        known = ", ".join(stack.domain for stack in self.stacks) or "none"
        raise GenerateError(
            f"no stack is called {name!r}; stacks are {known}; `python3 dev.py add stack {name}` "
            "makes one"
        )

    def resources(self, class_name: str) -> list[Resource]:
        """Return all resources of a class, such as `Queue`, in the order of the stacks."""
        return [resource for stack in self.stacks for resource in _resources(stack, class_name)]

    def has_consumer(self, queue: Resource) -> bool:
        """Return whether a queue has a consumer; several would share the messages."""
        file = parse(self.root / queue.stack.path, self.root)
        names = consumed(file)
        local = {each.variable for each in queue.stack.constructs if each.id == queue.id}
        return bool(names & ({queue.expression, *local} - {None}))

    def resource(self, class_name: str, name: str, *, remedy: str) -> Resource:
        """Return a resource by its id or its attribute, in any spelling.

        Args:
            class_name: The name of its class, such as `Queue`.
            name: The name, or stack and name such as `messaging/Requests`.
            remedy: The command that adds one, for the error message.

        Raises:
            GenerateError: There is none, or several; the message lists the existing ones.
        """
        known = self.resources(class_name)
        found = [resource for resource in known if resource.is_called(name)]
        if len(found) == 1:
            return found[0]
        labels = ", ".join(resource.label for resource in found or known) or "none"
        if found:
            raise GenerateError(f"{name!r} can be any of {labels}: write stack/name")
        raise GenerateError(
            f"no {LABELS[class_name]} is called {name!r}; there are: {labels}; `{remedy}` makes one"
        )

    def constructs(self, class_name: str | None = None) -> list[Construct]:
        """Return all constructs of the kit that stacks create, or those of a class."""
        return [
            construct
            for stack in self.stacks
            for construct in stack.constructs
            if class_name in {None, construct.class_name}
        ]

    def routes(self) -> list[Route]:
        """Return the routes that all modules of `infrastructure/` add.

        Raises:
            GenerateError: One isn't Python.
        """
        files = sorted((self.root / INFRASTRUCTURE).rglob("*.py"))
        return [route for file in files for route in routes_of(file, self.root)]

    def stacks_of_function(self, handler: str) -> list[StackSource]:
        """Return the stacks in whose files a function has a handler.

        Args:
            handler: The handler's module below `service.handlers`, such as `health`.
        """
        return [
            stack
            for stack in self.stacks
            if any(
                construct.class_name == FUNCTION and handler_of(construct) == handler
                for construct in stack.constructs
            )
        ]

    def only(self, class_name: str, stack: StackSource | None, *, remedy: str) -> Resource:
        """Return the only resource of a class, or the only one in a stack.

        Raises:
            GenerateError: There is none, or there are several.
        """
        known = self.resources(class_name)
        here = [each for each in known if stack is not None and each.stack == stack]
        found = here or known
        if len(found) == 1:
            return found[0]
        if not found:
            raise GenerateError(f"the service has no {LABELS[class_name]}: {remedy} adds one")
        labels = ", ".join(resource.label for resource in found)
        raise GenerateError(f"the service has {labels}: choose its stack by --stack")

    def entries(self, path: PurePosixPath, variable: str) -> dict[str, str]:
        """Return the code of a dictionary's values by the code of their keys; empty if missing."""
        file = self.root / path
        if not file.is_file():
            return {}
        return {
            ast.unparse(key): ast.unparse(value)
            for each in parse(file, self.root).body
            if isinstance(each, ast.Assign | ast.AnnAssign) and isinstance(each.value, ast.Dict)
            if variable in targets(each)
            for key, value in zip(each.value.keys, each.value.values, strict=True)
            if key is not None
        }

    def depends_on(self, stack: StackSource, other: StackSource) -> bool:
        """Return whether a stack requires resources of another, directly or indirectly."""
        pending, seen = [stack], {stack.class_name}
        while pending:
            required = pending.pop().requires
            providers = [
                each
                for each in self.stacks
                if required.keys() & each.provides.keys() and each.class_name not in seen
            ]
            if other in providers:
                return True
            seen |= {each.class_name for each in providers}
            pending += providers
        return False

    def enum_members(self, path: PurePosixPath, class_name: str) -> dict[str, str]:
        """Return the values of an enumeration of strings by member; empty if it is missing."""
        file = self.root / path
        if not file.is_file():
            return {}
        return {
            target.id: ast.literal_eval(statement.value)
            for each in parse(file, self.root).body
            if isinstance(each, ast.ClassDef) and each.name == class_name
            for statement in each.body
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }


def _key(text: str) -> str:
    """Return a normalized name: `DeadOrders`, `dead-orders` and `dead_orders` are equal."""
    return "".join(each for each in text.lower() if each.isalnum())


def _resources(stack: StackSource, class_name: str) -> Iterator[Resource]:
    created = [each for each in stack.constructs if each.class_name == class_name]
    provided = [name for name, annotation in stack.provides.items() if annotation == class_name]
    for name in provided:
        # A function may return it: `self.processing = add_state_machine(self, …)`.
        helper = stack.local_variables.get(f"self.{name}")
        construct = next(
            (
                each
                for each in created
                if each.variable == f"self.{name}" or (helper and each.scope == helper)
            ),
            None,
        )
        if construct is not None:
            created.remove(construct)
        expression = f"self.{name}" if f"self.{name}" in stack.local_variables else None
        yield Resource(class_name, stack, construct.id if construct else None, name, expression)
    for construct in created:
        known = construct.scope == "__init__" and construct.variable in stack.local_variables
        yield Resource(class_name, stack, construct.id, None, construct.variable if known else None)
