"""The inner loop: format, lint, types and tests after a change of a handler, with warm caches."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import services
from benchmarks.kernel import Row
from tests.service_checks import environment

ROUNDS = 7
GOAL = 5.0
HANDLER = "src/service/handlers/get_request.py"
TESTS = "tests/unit/handlers/test_get_request.py"
POE = ("poe", "--quiet", "--executor", "simple")
# The last step runs all of them in parallel, as a developer does.
STEPS = {
    "format": (*POE, "format"),
    "lint": (*POE, "lint"),
    "types": (*POE, "types"),
    "tests": ("pytest", TESTS),
    "together": (*POE, "quick", TESTS),
}


def run() -> Iterator[Row]:
    """Change the handler repeatedly, and measure each step."""
    with tempfile.TemporaryDirectory() as folder:
        service = services.render(Path(folder, "service"), {"stacks": services.EVERY_STACK})
        for step in STEPS.values():
            seconds(service, step)
        handler = service / HANDLER
        source = handler.read_text(encoding="utf-8")
        times: dict[str, list[float]] = {step: [] for step in STEPS}
        for number in range(ROUNDS):
            for name, step in STEPS.items():
                changed = f'{source}\n\nCHANGED = "{name} {number}"\n'
                handler.write_text(changed, encoding="utf-8")
                times[name].append(seconds(service, step))
    for name, values in times.items():
        goal = GOAL if name == "together" else None
        yield Row(f"inner loop, {name}", "", "s", tuple(values), goal)


def seconds(service: Path, command: Sequence[str]) -> float:
    """Run a step in the service, which must succeed, and return the time."""
    started = time.perf_counter()
    subprocess.run(command, cwd=service, env=environment(), check=True, capture_output=True)
    return time.perf_counter() - started
