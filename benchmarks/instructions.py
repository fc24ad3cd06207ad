"""Instruction counts by Valgrind's Cachegrind, which hardly vary between runs, unlike times."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from benchmarks.interpreter import PYTHON
from benchmarks.lambda_runtime import TRACE, Function, InvocationError, holds, variables_of

PROGRAM = Path(__file__).parent / "programs" / "invoke.py"
COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


class NoValgrindError(Exception):
    """Valgrind isn't installed."""


def cold(function: Function, *, seed: int) -> float:
    """Count the instructions of a function's import and its first invocation, in millions.

    Args:
        function: The function; without Lambda's runtime client.
        seed: Seed of Python's hashes, which changes the count a little.

    Raises:
        InvocationError: The function failed or returned an unexpected response.
        NoValgrindError: Valgrind isn't installed.
    """
    return _counted(function, 1, seed)


def warm(function: Function, *, seed: int, invocations: int = 20) -> float:
    """Count the instructions of a later invocation, in millions; otherwise as `cold`."""
    more, first = _counted(function, 1 + invocations, seed), _counted(function, 1, seed)
    return (more - first) / invocations


def _counted(function: Function, invocations: int, seed: int) -> float:
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise NoValgrindError("This benchmark counts instructions: install the package valgrind.")
    variables = {
        **variables_of(function),
        "_X_AMZN_TRACE_ID": TRACE,
        "PYTHONHASHSEED": str(seed),
    }
    counting = [valgrind, "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    module = function.handler.rpartition(".")[0]
    result = subprocess.run(
        [*counting, PYTHON, "-S", str(PROGRAM), module, str(invocations)],
        input=json.dumps(function.event),
        env=variables,
        cwd=function.folders[0],
        capture_output=True,
        text=True,
        check=False,
    )
    counted = COUNTED.search(result.stderr)
    if result.returncode or counted is None:
        raise InvocationError(result.stderr[-2000:])
    response = json.loads(result.stdout.splitlines()[-1])
    if not holds(response, function.expected):
        raise InvocationError(f"{function.handler} returned {response}")
    return int(counted[1].replace(",", "")) / 1e6
