"""Run a task while no other one in the same folder writes the files that it uses.

`python -m aws_service_kit.dev.task_lock --writes unit COMMAND…`

Locks are files in `.cache/locks`, named after what tasks write. A check holds the
lock `check`, so that no other task changes its evidence; its stages don't wait for it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aws_service_kit.dev.file_lock import locked

FOLDER = Path(".cache", "locks")
HOLDER = "another task in this folder"
CHECK = "check"
# The folder whose lock `check` a parent process holds.
CHECKED = "AWS_SERVICE_KIT_CHECKED"
INTERRUPTED = 130


@contextmanager
def task_lock(*, writes: Collection[str] = (), reads: Collection[str] = ()) -> Iterator[None]:
    """Wait until no other process uses the same files, and keep others waiting.

    Args:
        writes: Locks that no other process may hold.
        reads: Locks that other readers may hold at the same time.
    """
    within_check = os.environ.get(CHECKED) == str(Path.cwd())
    readers = {*reads, *(() if within_check or CHECK in writes else (CHECK,))}
    with ExitStack() as stack:
        # In one order, so that two tasks never wait for each other.
        for name in sorted({*writes, *readers}):
            shared = name not in writes
            stack.enter_context(locked(FOLDER / name, HOLDER, shared=shared))
        yield


def main(arguments: Sequence[str]) -> int:
    """Run a command with locks; return its exit code."""
    parser = argparse.ArgumentParser(prog="task_lock", description=__doc__, allow_abbrev=False)
    parser.add_argument("--writes", action="append", default=[])
    parser.add_argument("--reads", action="append", default=[])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args(arguments)
    try:
        with task_lock(writes=asked.writes, reads=asked.reads):
            return _run(asked.command)
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(command: Sequence[str]) -> int:
    """Run a command and wait for its end, also after Ctrl-C, which the command receives too."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603 - a task's
    finally:
        signal.signal(signal.SIGINT, before)
    return INTERRUPTED if code == -signal.SIGINT else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
