"""Generate code: `python3 dev.py add function create-invoice --on "POST /invoices"`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from aws_service_kit.config import ConfigError
from aws_service_kit.generate.command import Command
from aws_service_kit.generate.entity import command as entity
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.function import command as function
from aws_service_kit.generate.resource_commands import RESOURCES
from aws_service_kit.generate.service import ServiceSource
from aws_service_kit.generate.stacks import STACK
from aws_service_kit.project import ROOT

PROGRAM = "python3 dev.py add"
DESCRIPTION = "Add code to the service: the files, their tests, and the calls that connect them."
EPILOG = """\
A command never overwrites a file. If you run it again, it changes nothing.
`python3 dev.py add THING --help` shows a description and examples.
Afterwards, review `git diff` and run `python3 dev.py check`.
"""

BAD_USAGE = 2  # argparse's exit code

COMMANDS: tuple[Command, ...] = (function.COMMAND, entity.COMMAND, *RESOURCES, STACK)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run a command and return the exit code: 1 for an error, with nothing written; 2 for usage.

    Args:
        arguments: The command line, without the program.
        root: The service's folder.
    """
    parser = _parser()
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments:
        parser.print_help(sys.stderr)
        return BAD_USAGE
    given = parser.parse_args(arguments)
    command: Command = given.command
    try:
        plan = command.plan(ServiceSource.read(root), given)
        print(plan.apply(dry_run=given.dry_run))
    except (ConfigError, GenerateError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _new_parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    commands = parser.add_subparsers(required=True, metavar="THING", title="things to add")
    for command in COMMANDS:
        subparser = commands.add_parser(
            command.name,
            help=command.help,
            description=command.description,
            epilog=f"examples:\n{command.examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.configure(subparser)
        subparser.add_argument(
            "--dry-run", action="store_true", help="show the planned changes, and write nothing"
        )
        subparser.set_defaults(command=command)
    return parser


def _new_parser(*, prog: str, description: str, epilog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


if __name__ == "__main__":
    sys.exit(main())
