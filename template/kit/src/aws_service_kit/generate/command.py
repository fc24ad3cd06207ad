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

    Every command has the option `--dry-run`. Errors are one line, by `GenerateError`.

    Attributes:
        name: What it adds, such as `function`.
        help: One line for the list of commands.
        description: What it makes, in `--help`.
        examples: Lines of `--help` that can be typed as they are, each with its effect.
        configure: Adds the command's arguments to its parser.
        plan: Returns what the command makes, from the service's code and the arguments.
    """

    name: str
    help: str
    description: str
    examples: str
    configure: Callable[[ArgumentParser], None]
    plan: Callable[[ServiceSource, Namespace], Plan]
