"""Run several tasks, also after a failure, and report the result and the time of each.

`python -m aws_service_kit.dev.stages lint types synth controls:synth`

A stage is a task of poe_tasks.toml. It may need another stage, whose name follows a colon. If the
other stage doesn't pass, this one isn't run, because it would fail for the same reason.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_service_kit.dev.task_lock import CHECK, CHECKED, task_lock

# This process already runs in the project's environment, so poe doesn't have to find it.
POE = (sys.executable, "-m", "poethepoet", "-q", "--executor", "simple")
INTERRUPTED = 130


@dataclass(frozen=True)
class Stage:
    """A task with its arguments.

    Attributes:
        command: The task's name and its arguments.
        needs: The name of the stage that must pass first; empty if there is none.
    """

    command: tuple[str, ...]
    needs: str = ""

    @classmethod
    def parse(cls, text: str) -> Stage:
        """Parse a stage: `NAME`, `NAME:NEEDED` or `"NAME ARGUMENTS"`."""
        first, *arguments = shlex.split(text)
        name, _, needs = first.partition(":")
        return cls((name, *arguments), needs)

    @property
    def name(self) -> str:
        """The task's name."""
        return self.command[0]


@dataclass(frozen=True)
class Result:
    """The result of a stage.

    Attributes:
        stage: The stage.
        code: Its exit code; None if it wasn't run.
        seconds: The time that it took.
    """

    stage: Stage
    code: int | None = None
    seconds: float = 0.0

    def __str__(self) -> str:
        """Return the stage's line in the summary."""
        name = f"{self.stage.name:<16}"
        if self.code is None:
            return f"{name}      -    not run, because {self.stage.needs} didn't pass"
        line = f"{name}{self.seconds:7.1f} s  "
        if self.code == 0:
            return f"{line}passed"
        return f"{line}FAILED  run it alone: python3 dev.py {shlex.join(self.stage.command)}"


def run(stages: Sequence[Stage]) -> list[Result]:
    """Run stages one after another, except if the stage that they need didn't pass."""
    variables = {**os.environ, CHECKED: str(Path.cwd())}
    results: dict[str, Result] = {}
    for stage in stages:
        needed = results.get(stage.needs)
        if needed is not None and needed.code != 0:
            results[stage.name] = Result(stage)
            continue
        print(f"\n=== {stage.name} ===", flush=True)
        began = time.monotonic()
        command = (*POE, *stage.command)
        code = subprocess.run(command, env=variables, check=False).returncode  # noqa: S603 - tasks
        results[stage.name] = Result(stage, code, time.monotonic() - began)
    return list(results.values())


def main(arguments: Sequence[str]) -> int:
    """Run stages, print a line for each, and return 1 if one failed.

    Args:
        arguments: The stages.
    """
    try:
        with task_lock(writes=[CHECK]):
            results = run([Stage.parse(text) for text in arguments])
    except KeyboardInterrupt:
        return INTERRUPTED
    print("\n=== result ===", *results, sep="\n")
    return int(any(result.code != 0 for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
