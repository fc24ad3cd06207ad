"""AWS CLI commands in a service's documents exist, with valid and complete options."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel

from tests.programs import ROOT

DOCUMENTS = sorted((ROOT / "template" / "kit" / "guides").rglob("*.md"))
SHELL = re.compile(r"^ *```sh\n(.*?)^ *```$", re.M | re.S)
COMMAND = re.compile(r"\baws ([a-z0-9-]+) (wait )?([a-z0-9-]+)(.*)")
OPTION = re.compile(r"(?<=\s)--([a-z-]+)")

# https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html
GLOBAL = {"cli-binary-format", "output", "query"}
# Services with another name in the command line than in the SDK.
NAMES = {"deploy": "codedeploy"}
# Commands that aren't operations.
# https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/
CUSTOM = {
    ("cloudformation", "deploy"): {
        "stack-name", "template-file", "capabilities", "parameter-overrides"},
}  # fmt: skip


@dataclass(frozen=True)
class Command:
    """A call of the AWS command line.

    Attributes:
        service: The service's name in the command line.
        name: The operation or, after `wait`, the waiter.
        waits: Whether it is a waiter.
        options: Its options, without dashes.
    """

    service: str
    name: str
    waits: bool
    options: frozenset[str]


def commands() -> Iterator[Command]:
    """Find the commands in all documents."""
    for document in DOCUMENTS:
        for shell in SHELL.findall(document.read_text(encoding="utf-8")):
            for line in re.sub(r"\\\n\s*", "", shell).splitlines():
                for service, waits, name, rest in COMMAND.findall(line):
                    options = frozenset(OPTION.findall(rest)) - GLOBAL
                    yield Command(service, name, bool(waits), options)


COMMANDS = sorted(set(commands()), key=lambda command: (command.service, command.name))


def accepted(command: Command) -> tuple[set[str], set[str]]:
    """Return the allowed and the required options of a command."""
    if custom := CUSTOM.get((command.service, command.name)):
        return custom, custom
    session = botocore.session.get_session()
    model: ServiceModel = session.get_service_model(NAMES.get(command.service, command.service))
    operation = command.name.replace("-", "_")
    if command.waits:
        waiters = session.get_waiter_model(command.service)
        (waiter,) = (name for name in waiters.waiter_names if xform_name(name) == operation)
        operation = xform_name(waiters.get_waiter(waiter).operation)
    (found,) = (name for name in model.operation_names if xform_name(name) == operation)
    shape = model.operation_model(found).input_shape
    if shape is None:
        return set(), set()
    options = {name: xform_name(name, "-") for name in shape.members}
    switches = {
        f"no-{options[name]}"
        for name, member in shape.members.items()
        if member.type_name == "boolean"
    }
    return {*options.values(), *switches}, {options[name] for name in shape.required_members}


def test_commands_are_found() -> None:
    assert len(COMMANDS) > 20


@pytest.mark.parametrize(
    "command", COMMANDS, ids=lambda command: f"{command.service} {command.name}"
)
def test_a_command_exists_with_its_options(command: Command) -> None:
    may, must = accepted(command)
    assert command.options <= may
    assert {option for option in must if f"no-{option}" not in command.options} <= command.options
