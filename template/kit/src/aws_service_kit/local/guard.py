"""Run programs that end with whoever started them, however that ends: killed, too.

Between the two stands this file, run as a program of its own: it leads a group of processes, and
reads a pipe whose other end only the starter has. When that closes, the starter is gone, and the
group is killed; unless the starter has let go before.
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
    """Hold back the signals that would end us, until it is known what has started."""
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
    """Start a program in a group of its own, which ends with us unless it is let go.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        environment: Its variables; ours by default.
        output: Where it writes, errors too.
    """
    return subprocess.Popen(  # noqa: S603 - our own programs, with arguments of our own
        [sys.executable, "-I", "-S", __file__, *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def let_go(process: subprocess.Popen[bytes]) -> None:
    """Let a program go on when we end."""
    if process.stdin is not None:
        process.stdin.write(LET_GO)
        process.stdin.close()


def end(group: int) -> None:
    """Kill a program and all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _line: None,
) -> tuple[int, str]:
    """Run a program to its end, or kill it when we are interrupted.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        environment: Its variables; ours by default.
        tell: Gets each line that it writes.

    Returns:
        Its exit code, and all that it wrote.
    """
    said = []
    with start(command, folder=folder, environment=environment) as process:
        try:
            for line in process.stdout or ():
                said.append(line.decode())
                tell(said[-1])
            code = process.wait()
        finally:
            end(process.pid)
    return code, "".join(said).rstrip()


def _watch() -> None:
    if os.read(sys.stdin.fileno(), 1) != LET_GO:
        end(os.getpid())


def main(command: Sequence[str]) -> int:
    """Run a program until it ends or its starter has.

    Returns:
        Its exit code.
    """
    # Our starter may have held them back, which its programs would inherit.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:  # noqa: S603
        threading.Thread(target=_watch, daemon=True).start()
        return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
