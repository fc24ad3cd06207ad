"""Run a task of this repository in its own environment: `python3 dev.py TASK`.

The program is the one that every generated service has, and makes services besides.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

# Python leaves the program's folder out if PYTHONSAFEPATH is set.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from template.dev import Project, main


class Template(Project):
    """This repository."""

    def task(self, arguments: Sequence[str]) -> int:
        """Make a service, or run a poe task; return the exit code."""
        if list(arguments[:1]) != ["new"]:
            return super().task(arguments)
        # Copier alone, in an environment for the moment: testing services needs a gigabyte more.
        copy = ["copier", "copy", "--trust", "--vcs-ref=HEAD", str(self.root), *arguments[1:]]
        which = ["--isolated", "--only-group=copier", "--python", sys.executable]
        with self.uv() as uv:
            return self.call([uv, "run", "--quiet", "--project", self.root, *which, *copy])


if __name__ == "__main__":
    sys.exit(
        main(
            Template(Path(__file__).resolve().parent),
            sys.argv[1:],
            {"new ../NAME": "make a service", "test": "prove the template", "": "list every task"},
        )
    )
