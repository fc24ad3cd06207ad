"""Where the time of a cold start goes: the parts that `submit` imports and makes, one by one."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import services
from benchmarks.interpreter import PYTHON
from benchmarks.kernel import Row
from benchmarks.lambda_runtime import ENVIRONMENT

PROGRAM = Path(__file__).parent / "programs" / "parts.py"
ROUNDS = 15
# Else `prime` would make the clients when the handler is imported.
OUTSIDE_OF_LAMBDA = ("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_INITIALIZATION_TYPE")


def run() -> Iterator[Row]:
    """Time the parts, and divide each by the whole of its run."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = services.bundle(services.render(Path(folder, "service"), {}))
        spent = [parts(bundle) for _ in range(ROUNDS)]
    for part in spent[0]:
        shares = tuple(one[part] / sum(one.values()) * 100 for one in spent)
        yield Row(f"submit, {part}", "", "% of its cold start", shares)


def parts(bundle: Path) -> dict[str, float]:
    """Return the milliseconds of CPU of each part."""
    variables = {**ENVIRONMENT, "PYTHONPATH": str(bundle)}
    for name in OUTSIDE_OF_LAMBDA:
        del variables[name]
    said = subprocess.run(
        [PYTHON, "-S", str(PROGRAM)], env=variables, check=True, stdout=subprocess.PIPE
    )
    spent: dict[str, float] = json.loads(said.stdout)
    return spent
