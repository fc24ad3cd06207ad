"""Run a task of this repository in its virtual environment: `python3 dev.py TASK`.

It is the program of every generated service (`template/dev.py`) with the additional task `new`.
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

# With PYTHONSAFEPATH, Python doesn't add the program's folder.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from template.dev import Project, main

# Options that decide on existing files, and options that ask no question.
FORCE = frozenset({"--force", "--overwrite", "-f", "-w"})
DEFAULTS = frozenset({"--defaults", "--force", "-f", "-l"})
HELP = frozenset({"--help", "-h"})
USAGE = """\
usage: python3 dev.py new FOLDER [options]

Create a service in a new folder. The folder's name is the default for the service's name. A few
questions are asked. Then a summary shows all answers, and you can change each of them.

  --data NAME=VALUE    an answer; for a list, write --data 'stacks=[api, events]'
  --data-file FILE     answers in a YAML file: lines `NAME: VALUE`, such as `stacks: [api]`
  --defaults           ask no question: all other answers are the defaults
  --ask PATTERN        ask further questions, such as --ask 'dev_*'; copier.yml lists all names
  --overwrite          replace files in the folder

Other options are those of `copier copy`. Examples:

  python3 dev.py new ../orders
  python3 dev.py new ../orders --defaults --data 'stacks=[api, messaging]' --data owner_team=orders
"""
# The exception after the indented frames of a traceback. Its message may have several lines.
RAISED = re.compile(r"^[\w.]+: (?P<message>.+)", re.MULTILINE | re.DOTALL)


class RejectedError(Exception):
    """No service is created. The message is one line with the cause and the remedy."""


class Template(Project):
    """This repository."""

    def task(self, arguments: Sequence[str]) -> int:
        """Create a service or run a poe task, and return the exit code."""
        if list(arguments[:1]) != ["new"]:
            return super().task(arguments)
        try:
            return self.new(arguments[1:])
        except RejectedError as rejected:
            sys.stderr.write(f"error: {rejected}\n")
            return 1

    def new(self, arguments: Sequence[str]) -> int:
        """Create a service with Copier, and return the exit code.

        Args:
            arguments: The service's folder, then options.

        Raises:
            RejectedError: The service couldn't be updated, or the folder isn't empty.
        """
        if not HELP.isdisjoint(arguments):
            sys.stdout.write(USAGE)
            return 0
        if not (self.root / ".git").exists():
            raise RejectedError(
                "this copy of the template has no history, so a service made from it couldn't be "
                "updated: clone the repository, or use its URL as README.md shows"
            )
        folder, *options = arguments if arguments and arguments[0][:1] != "-" else [""]
        if not folder:
            folder, options = ask_for_folder(), list(arguments)
        asks = sys.stdin.isatty() and DEFAULTS.isdisjoint(options)
        if not asks and is_filled(Path(folder)) and FORCE.isdisjoint(options):
            raise RejectedError(
                f"{folder} isn't empty, and without a terminal Copier can't ask about its files: "
                "choose another folder, or add --overwrite"
            )
        with self.uv() as uv, tempfile.TemporaryDirectory() as temporary:
            # Only Copier, in a temporary environment, because the other packages take a gigabyte.
            project = ["--quiet", f"--project={self.root}", "--isolated", "--only-group=copier"]
            runs: list[str | Path] = [uv, "run", *project, "--python", sys.executable]
            file = Path(temporary, "answers.json")
            asked = self.ask([*runs, "python", "-m", "questionnaire", folder, file, *options])
            if asked != 0:
                return asked
            content = json.loads(file.read_text(encoding="utf-8"))
            # Without escapes, because JSON writes an emoji as two, which YAML doesn't join.
            answers = json.dumps(content["answers"], ensure_ascii=False)
            file.write_text(answers, encoding="utf-8")
            copy = ["copier", "copy", "--trust", "--vcs-ref=HEAD", "--defaults", "--data-file"]
            command = [*runs, *copy, file, self.root, folder, *content["options"]]
            return self.call(command) if asks else self.call_tersely(command)

    def ask(self, command: Sequence[str | Path]) -> int:
        """Run the questionnaire, and return its exit code."""
        path = os.pathsep.join([str(self.root), str(self.root / "template" / "kit" / "src")])
        variables = {**self.environment(), "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
        return subprocess.run(command, env=variables, check=False).returncode  # noqa: S603

    def call_tersely(self, command: Sequence[str | Path]) -> int:
        """Run a command that asks no question, and return its exit code.

        Raises:
            RejectedError: It ended in a traceback. The message is that of the exception.
        """
        traceback: list[str] = []
        # Without Copier's warning that a new folder has no answers.
        variables = {**self.environment(), "PYTHONWARNINGS": "ignore"}
        with subprocess.Popen(  # noqa: S603 - the template's programs
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
            raise RejectedError(" ".join((found["message"] if found else raised).split()))
        return process.returncode


def ask_for_folder() -> str:
    """Ask for the service's folder.

    Raises:
        RejectedError: There is no terminal, or the user entered no folder.
    """
    rejection = RejectedError("name the service's folder first: python3 dev.py new ../orders")
    if not sys.stdin.isatty():
        raise rejection
    try:
        folder = input("Folder of the new service, such as ../orders: ").strip()
    except EOFError:
        raise rejection from None
    if not folder:
        raise rejection
    return folder


def is_filled(folder: Path) -> bool:
    """Return whether a folder exists and isn't empty."""
    return folder.is_dir() and any(folder.iterdir())


if __name__ == "__main__":
    sys.exit(
        main(
            Template(Path(__file__).resolve().parent),
            sys.argv[1:],
            {"new ../NAME": "create a service", "test": "test the template", "": "list every task"},
        )
    )
