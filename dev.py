"""Run a task of this repository in its own environment: `python3 dev.py TASK`.

The program is the one that every generated service has, and makes services besides.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

# Python leaves the program's folder out if PYTHONSAFEPATH is set.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from template.dev import Project, main

# Options that say what becomes of files that are there, and that no question is asked.
FORCE = frozenset({"--force", "--overwrite", "-f", "-w"})
DEFAULTS = frozenset({"--defaults", "--force", "-f", "-l"})
HELP = frozenset({"--help", "-h"})
USAGE = """\
usage: python3 dev.py new FOLDER [options]

Make a service in a new folder, after which its name is proposed. The questions are those of the
first hour. The summary that follows shows every answer, and lets you change each.

  --data NAME=VALUE    an answer; a list is written --data 'stacks=[api, events]'
  --data-file FILE     answers in a YAML file, a line `NAME: VALUE` each, such as `stacks: [api]`
  --defaults           ask nothing: other answers are the defaults
  --ask PATTERN        ask for others too, such as --ask 'dev_*'
  --overwrite          replace files in the folder

Other options are those of `copier copy`. Examples:

  python3 dev.py new ../orders
  python3 dev.py new ../orders --defaults --data 'stacks=[api, messaging]' --data owner_team=orders
"""
# The exception after a traceback's frames, which are indented; its message may have several lines.
RAISED = re.compile(r"^[\w.]+: (?P<message>.+)", re.MULTILINE | re.DOTALL)


class RefusedError(Exception):
    """No service is made; the message is one line that says why and what to do."""


class Template(Project):
    """This repository."""

    def task(self, arguments: Sequence[str]) -> int:
        """Make a service, or run a poe task; return the exit code."""
        if list(arguments[:1]) != ["new"]:
            return super().task(arguments)
        try:
            return self.new(arguments[1:])
        except RefusedError as refused:
            sys.stderr.write(f"error: {refused}\n")
            return 1

    def new(self, arguments: Sequence[str]) -> int:
        """Make a service with Copier; return the exit code.

        Args:
            arguments: The service's folder, then options.

        Raises:
            RefusedError: The service could never be updated, or files would be left half written.
        """
        if not HELP.isdisjoint(arguments):
            sys.stdout.write(USAGE)
            return 0
        if not (self.root / ".git").exists():
            raise RefusedError(
                "this copy of the template has no history, so a service made from it could take no "
                "update: clone the repository, or name its URL as README.md shows"
            )
        folder, *options = arguments if arguments and arguments[0][:1] != "-" else [""]
        if not folder:
            folder, options = ask_for_folder(), list(arguments)
        asks = sys.stdin.isatty() and DEFAULTS.isdisjoint(options)
        if not asks and is_filled(Path(folder)) and FORCE.isdisjoint(options):
            raise RefusedError(
                f"{folder} isn't empty, and without a terminal no question about its files can "
                "be answered: choose another folder, or add --overwrite"
            )
        with self.uv() as uv, tempfile.TemporaryDirectory() as temporary:
            # Copier alone, in a temporary environment: tests of services need a gigabyte more.
            project = ["--quiet", f"--project={self.root}", "--isolated", "--only-group=copier"]
            runs: list[str | Path] = [uv, "run", *project, "--python", sys.executable]
            file = Path(temporary, "answers.json")
            asked = self.ask([*runs, "python", "-m", "questionnaire", folder, file, *options])
            if asked != 0:
                return asked
            content = json.loads(file.read_text(encoding="utf-8"))
            # Without escapes, since YAML doesn't join the two by which JSON writes an emoji.
            answers = json.dumps(content["answers"], ensure_ascii=False)
            file.write_text(answers, encoding="utf-8")
            copy = ["copier", "copy", "--trust", "--vcs-ref=HEAD", "--defaults", "--data-file"]
            command = [*runs, *copy, file, self.root, folder, *content["options"]]
            return self.call(command) if asks else self.call_tersely(command)

    def ask(self, command: Sequence[str | Path]) -> int:
        """Run the questionnaire; return its code."""
        path = os.pathsep.join([str(self.root), str(self.root / "template" / "kit" / "src")])
        variables = {**self.environment(), "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
        return subprocess.run(command, env=variables, check=False).returncode  # noqa: S603

    def call_tersely(self, command: Sequence[str | Path]) -> int:
        """Run a command that asks nothing; return its code.

        Raises:
            RefusedError: It ended in a traceback, of which the exception is the message.
        """
        traceback: list[str] = []
        # Copier warns that a new folder holds no answers yet.
        variables = {**self.environment(), "PYTHONWARNINGS": "ignore"}
        with subprocess.Popen(  # noqa: S603 - our own programs
            command, env=variables, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        ) as process:
            for line in process.stderr or ():
                if traceback or line.startswith("Traceback "):
                    traceback.append(line)
                else:
                    sys.stderr.write(line)
        if traceback:
            _, _, raised = "".join(traceback).rpartition("Traceback (most recent call last):\n")
            found = RAISED.search(raised)
            raise RefusedError(" ".join((found["message"] if found else raised).split()))
        return process.returncode


def ask_for_folder() -> str:
    """Ask for the service's folder.

    Raises:
        RefusedError: There is no terminal, or no answer.
    """
    refusal = RefusedError("name the service's folder first: python3 dev.py new ../orders")
    if not sys.stdin.isatty():
        raise refusal
    try:
        folder = input("Folder of the new service, such as ../orders: ").strip()
    except EOFError:
        raise refusal from None
    if not folder:
        raise refusal
    return folder


def is_filled(folder: Path) -> bool:
    """Return whether a folder is there with something in it."""
    return folder.is_dir() and any(folder.iterdir())


if __name__ == "__main__":
    sys.exit(
        main(
            Template(Path(__file__).resolve().parent),
            sys.argv[1:],
            {"new ../NAME": "make a service", "test": "prove the template", "": "list every task"},
        )
    )
