"""`python3 dev.py add stack`: a stack with its test."""

from __future__ import annotations

import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aws_service_kit.generate.command import Command
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.names import Name
from aws_service_kit.generate.paths import STACK_TESTS, STACKS
from aws_service_kit.generate.plan import Plan
from aws_service_kit.generate.rendering import render
from aws_service_kit.generate.service import ServiceSource
from aws_service_kit.generate.stack_source import StackSource

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

# The stack of the environment's key (constructs.encryption_key.STACK).
KEY_STACK = "encryption"

OWNERSHIP = PurePosixPath("tooling", "ownership.toml")


def add_stack(plan: Plan, service: ServiceSource, name: Name) -> StackSource:
    """Add a stack to a plan, unless the service has it, and return it.

    Raises:
        GenerateError: The name is another stack's, or AWS doesn't allow it.
    """
    module, class_name = name.snake, f"{name.pascal}Stack"
    path = STACKS / f"{module}.py"
    for stack in service.stacks:
        if (stack.domain, stack.path) == (name.kebab, path):
            return stack
        if name.kebab == stack.domain or path == stack.path:
            raise GenerateError(
                f"{stack.path} has the stack {stack.domain}, class {stack.class_name}: choose "
                "another name"
            )
    _check_reserved(service, name)
    values = {"name": name, "class_name": class_name}
    plan.create(path, render("stack/stack.py.j2", **values))
    plan.create(STACK_TESTS / f"test_{module}.py", render("stack/test.py.j2", **values))
    return StackSource(
        path=path,
        class_name=class_name,
        domain=name.kebab,
        requires={},
        provides={},
        constructs=(),
        local_variables={},
    )


def parse_stack_name(text: str) -> Name:
    """Return the name of a stack, without the word stack at its end.

    Raises:
        GenerateError: It isn't a name.
    """
    name = Name.parse(text, "stack")
    words = name.words[:-1] if name.words[-1] == "stack" and len(name.words) > 1 else name.words
    return Name(words)


def _check_reserved(service: ServiceSource, name: Name) -> None:
    name.check_fits()
    if name.kebab == KEY_STACK:
        raise GenerateError(
            f"{name.kebab!r} is the stack of an environment's key: choose another name"
        )
    if name.snake in _stacks_of_template(service):
        raise GenerateError(
            f"{name.kebab!r} is a stack of the template: `{service.update_command(name.kebab)}` "
            "adds it; or choose another name"
        )


def _stacks_of_template(service: ServiceSource) -> set[str]:
    """Return the modules of all stacks of the template, also of those that weren't chosen."""
    file = service.root / OWNERSHIP
    content = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    scaffold = content.get("scaffold", {})
    return {
        path.stem
        for paths in scaffold.values()
        for path in map(PurePosixPath, paths)
        if path.parent == STACKS
    }


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the stack: invoices or partner-orders")


def _plan(service: ServiceSource, arguments: Namespace) -> Plan:
    name = parse_stack_name(arguments.name)
    plan = Plan(service.root)
    stack = add_stack(plan, service, name)
    plan.next(
        f"python3 dev.py add queue NAME --stack {stack.domain}  # or a table, topic, bucket, …",
        "python3 dev.py check",
    )
    return plan


STACK = Command(
    name="stack",
    help="a stack with its test; the other commands put resources and functions into it",
    description=(
        "Add a stack: a class in infrastructure/stacks/, which the kit discovers, and its test. "
        "The stack is deployed as soon as it has a resource."
    ),
    examples="""\
  python3 dev.py add stack invoices
  python3 dev.py add queue drafts --stack invoices     puts a queue into it
  python3 dev.py add stack partner-orders --dry-run    shows the planned files""",
    configure=_configure,
    plan=_plan,
)
