"""The emulator with a second port on which calls fail; runs in the emulator's Python."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty

from hypercorn.asyncio import serve  # type: ignore[import-not-found]
from hypercorn.config import Config  # type: ignore[import-not-found]
from ministack.core.lambda_runtime import Worker  # type: ignore[import-not-found]

from aws_service_kit.local.emulator_server import restricted
from aws_service_kit.local.faults import Faults, Faulty, Plan
from aws_service_kit.local.generated_secrets import follow_all_settings

# In seconds. Every function writes its metrics as the last line.
WAIT_FOR_A_LINE = 0.05
LONGEST_WAIT = 1


def written_by(worker: Worker) -> str:
    """Return the whole output of a function.

    The emulator's method returns after 5 ms without a line. It would return later lines with the
    next call of the same process, and lose them if there is none.
    """
    lines = []
    with suppress(Empty):
        lines.append(worker._stderr_queue.get(timeout=LONGEST_WAIT))
        while True:
            lines.append(worker._stderr_queue.get(timeout=WAIT_FOR_A_LINE))
    return "\n".join(lines)


def main() -> None:
    """Serve until the process ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--faulty-port", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--once", type=float, required=True)
    parser.add_argument("--always", type=float, required=True)
    parser.add_argument("--log", type=Path, required=True)
    asked = parser.parse_args()
    faults = Faults(Plan(asked.seed, asked.once, asked.always))
    # By default a thread keeps the interpreter for 5 ms. With dozens of threads that run functions,
    # the thread that sends responses would wait for seconds.
    sys.setswitchinterval(0.0005)
    follow_all_settings()
    Worker._drain_stderr_bounded = written_by
    config = Config()
    config.bind = [f"{asked.host}:{port}" for port in (asked.port, asked.faulty_port)]
    with asked.log.open("w", encoding="utf-8") as log:
        asyncio.run(serve(Faulty(restricted, asked.faulty_port, faults, log), config))


if __name__ == "__main__":
    main()
