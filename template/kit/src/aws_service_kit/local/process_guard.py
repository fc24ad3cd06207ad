"""Run programs that end with their parent process, even if the parent is killed.

This file runs as a process between the parent and the program. It is the leader of a process group,
and reads a pipe whose other end only the parent has. When the parent ends, the pipe closes and this
process kills the group, unless the parent has released it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

LET_GO = b"\n"
ENDS = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Block termination signals until the started process is saved."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | int = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Start a program in a new process group, which ends with this process unless it is released.

    Args:
        command: The program and its arguments.
        folder: The working directory.
        environment: The environment variables; by default those of this process.
        output: The file for its output and errors.
    """
    return subprocess.Popen(  # noqa: S603 - the kit's programs and arguments
        [sys.executable, "-I", "-S", __file__, *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def let_go(process: subprocess.Popen[bytes]) -> None:
    """Let a program continue after this process ends."""
    if process.stdin is not None:
        process.stdin.write(LET_GO)
        process.stdin.close()


def end(group: int) -> None:
    """Kill a program and all its child processes."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] = lambda _line: None,
) -> tuple[int, str]:
    """Run a program to its end, or kill it on an interrupt.

    Args:
        command: The program and its arguments.
        folder: The working directory.
        environment: The environment variables; by default those of this process.
        on_line: Receives each line of its output.

    Returns:
        The exit code and the output.
    """
    output = []
    with start(command, folder=folder, environment=environment) as process:
        try:
            for line in process.stdout or ():
                output.append(line.decode())
                on_line(output[-1])
            code = process.wait()
        finally:
            end(process.pid)
    return code, "".join(output).rstrip()


def _watch() -> None:
    if os.read(sys.stdin.fileno(), 1) != LET_GO:
        end(os.getpid())


def main(command: Sequence[str]) -> int:
    """Run a program until it ends, or until the parent process has ended.

    Returns:
        Its exit code.
    """
    # The parent may have blocked these signals, and programs inherit that.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:  # noqa: S603
        threading.Thread(target=_watch, daemon=True).start()
        return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
