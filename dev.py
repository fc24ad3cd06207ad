"""Run a task of this repository in its own environment: `python3 dev.py TASK`.

The program is the one that every generated service has, and makes services besides.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# Python leaves the program's folder out if PYTHONSAFEPATH is set.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from template.dev import Project, main

# Options that say what becomes of files that are there.
FORCE = frozenset({"--force", "--overwrite", "-f", "-w"})
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
            arguments: The service's folder and Copier's options.

        Raises:
            RefusedError: The service could never be updated, or files would be left half written.
        """
        if not (self.root / ".git").exists():
            raise RefusedError(
                "this copy of the template has no history, so a service made from it could take no "
                "update: clone the repository, or name its URL as README.md shows"
            )
        asks = sys.stdin.isatty() and "--defaults" not in arguments
        folder = Path(*arguments[:1])
        if arguments and not asks and is_filled(folder) and FORCE.isdisjoint(arguments):
            raise RefusedError(
                f"{folder} isn't empty, and without a terminal no question about its files can "
                "be answered: choose another folder, or add --overwrite"
            )
        # Copier alone, in an environment for the moment: testing services needs a gigabyte more.
        copy = ["copier", "copy", "--trust", "--vcs-ref=HEAD", str(self.root), *arguments]
        project = ["--quiet", f"--project={self.root}", "--isolated", "--only-group=copier"]
        with self.uv() as uv:
            command: list[str | Path] = [uv, "run", *project, "--python", sys.executable, *copy]
            return self.call(command) if asks else self.call_tersely(command)

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
