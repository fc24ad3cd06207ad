"""`python3 dev.py add table|queue|topic|bucket|bus|secret|parameter|workflow`."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from aws_service_kit.generate.command import Command
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.names import Name
from aws_service_kit.generate.plan import Plan
from aws_service_kit.generate.resource_types import (
    PARAMETER,
    RESOURCE_TYPES,
    WORKFLOW,
    ResourceType,
)
from aws_service_kit.generate.resources import NewResource, add_resource
from aws_service_kit.generate.service import ServiceSource
from aws_service_kit.generate.stack_source import StackSource
from aws_service_kit.generate.workflow_start import HOW_TO_START, add_start

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def _explain(plan: Plan, resource: NewResource, home: StackSource) -> None:
    """Show how functions use the resource, in its stack and in others."""
    resource_type, attribute = resource.resource_type, resource.attribute
    module, construct = resource_type.import_of_construct
    runtime = ", ".join(sorted(["environment_variables", resource_type.use[0].partition(".")[0]]))
    plan.note(
        f"Code of a function that uses it; in the stack {home.domain} it is self.{attribute}:",
        "\n".join(
            [
                f'environment={{"{resource.variable}": {attribute}.{resource_type.value}}},',
                *(resource.text(each) for each in resource_type.grants),
                "",
                f"from aws_service_kit.runtime import {runtime}  # in its code",
                *(resource.text(each) for each in resource_type.use),
            ]
        ),
    )
    plan.note(
        "Another stack requires it with a keyword argument of its constructor:",
        f"from {module} import {construct}\n\n{attribute}: {construct}",
    )


def _configure(parser: ArgumentParser, *, resource_type: ResourceType) -> None:
    parser.add_argument(
        "name", metavar="NAME", help=f"the {resource_type.name}, such as unpaid-invoices"
    )
    parser.add_argument(
        "--stack",
        metavar="STACK",
        help=(
            "the stack for it, such as messaging; by default a new stack with the same name; in a "
            "stack with functions or dependent stacks, check fails until a function uses it"
        ),
    )
    if resource_type is WORKFLOW:
        parser.add_argument(
            "--on",
            metavar="TRIGGER",
            help='the trigger: schedule:"cron(0 9 * * ? *)" or event:"Order Paid"',
        )
    if resource_type is PARAMETER:
        parser.add_argument(
            "--value",
            metavar="KEY=VALUE",
            action="append",
            default=[],
            help="a key of the object with its value, as JSON or text; enabled=true by default",
        )


def _plan(service: ServiceSource, arguments: Namespace, *, resource_type: ResourceType) -> Plan:
    values = {"content": repr(_content(arguments.value))} if resource_type is PARAMETER else {}
    resource = NewResource(
        resource_type=resource_type,
        name=Name.parse(arguments.name, resource_type.name),
        values=values,
    )
    plan = Plan(service.root)
    home = add_resource(plan, service, resource, arguments.stack)
    if resource_type is WORKFLOW:
        _start(plan, service, resource, home, arguments.on)
        message = f'''{{"type": "{resource.name.title} Due", "data": {{}}}}'''
        address = f"{home.domain}/{resource.id}"
        plan.next("python3 dev.py local", f"python3 dev.py local-send {address} '{message}'")
    _explain(plan, resource, home)
    plan.next(*(resource.text(each) for each in resource_type.next), "python3 dev.py check")
    return plan


def _start(
    plan: Plan,
    service: ServiceSource,
    workflow: NewResource,
    stack: StackSource,
    trigger: str | None,
) -> None:
    if trigger is not None:
        add_start(plan, service, workflow, stack, trigger)
    elif f"start_{workflow.name.snake}_by_" not in plan.text(stack.path):
        plan.note("Nothing starts it yet. Choose a trigger:", workflow.text(HOW_TO_START))


def _content(pairs: list[str]) -> dict[str, object]:
    """Return the object of a parameter.

    Raises:
        GenerateError: A pair has no key or no `=`.
    """
    content: dict[str, object] = {}
    for pair in pairs or ["enabled=true"]:
        key, equals, text = pair.partition("=")
        if not key.strip() or not equals:
            raise GenerateError(f"--value {pair}: write KEY=VALUE, such as page_size=25")
        try:
            # NaN and Infinity aren't JSON, though Python reads them.
            value = json.loads(text, parse_constant=str)
        except ValueError:
            value = text
        if isinstance(value, dict | list):
            raise GenerateError(f"--value {pair}: use a text, a number, true or false")
        content[key.strip()] = value
    return content


def _command(resource_type: ResourceType) -> Command:
    return Command(
        name=resource_type.name,
        help=resource_type.help,
        description=(
            f"Add {resource_type.help}. Its stack provides it to other stacks by an attribute. "
            "The summary shows the code with which functions use it."
        ),
        examples=(
            f"  python3 dev.py add {resource_type.name} unpaid-invoices\n"
            f"  python3 dev.py add {resource_type.name} unpaid-invoices --stack billing    "
            "puts it into that stack\n"
            f"  python3 dev.py add {resource_type.name} unpaid-invoices --dry-run          "
            "shows the planned files"
        ),
        configure=partial(_configure, resource_type=resource_type),
        plan=partial(_plan, resource_type=resource_type),
    )


RESOURCES = tuple(_command(resource_type) for resource_type in RESOURCE_TYPES)
