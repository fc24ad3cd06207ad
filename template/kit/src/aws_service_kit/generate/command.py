"""A command of `python3 dev.py add`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from aws_service_kit.generate.plan import Plan
    from aws_service_kit.generate.service import ServiceSource


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command: `python3 dev.py add <name>`. `__main__.COMMANDS` lists all of them.

    Every command has the option `--dry-run`. A `GenerateError` is printed as one line.

    Attributes:
        name: The thing that it adds, such as `function`.
        help: One line for the list of commands.
        description: The description in `--help`.
        examples: Commands in `--help`, each with its effect.
        configure: Adds the command's arguments to its parser.
        plan: Returns the planned changes, from the service's code and the arguments.
    """

    name: str
    help: str
    description: str
    examples: str
    configure: Callable[[ArgumentParser], None]
    plan: Callable[[ServiceSource, Namespace], Plan]
