"""Time of the task `check` with warm caches: before the kit and now, in one run."""

from __future__ import annotations

import functools
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import services
from benchmarks.kernel import Row, ratios, rounds
from tests.programs import without_own_environment
from tests.releases import commit_of
from tests.service_checks import PYTHON

ROUNDS = 2
# The last release that copied the platform's code and its tests into every service.
BEFORE = "1.6.1"
# Answers of each service, and the goal in seconds on two cores.
SERVICES: Mapping[str, tuple[Mapping[str, Any], float]] = {
    "every stack": ({"stacks": services.EVERY_STACK}, 70.0),
    "the default service": ({}, 30.0),
}


def run() -> Iterator[Row]:
    """Create each service from both releases, set it up, and check it several times."""
    before = commit_of(BEFORE)
    if before is None:
        raise ValueError(f"the history lacks release {BEFORE}: fetch all of it")
    with tempfile.TemporaryDirectory() as folder:
        contenders = {
            (name, ref): functools.partial(seconds, made(Path(folder, f"{n}-{ref}"), answers, ref))
            for n, (name, (answers, _)) in enumerate(SERVICES.items())
            for ref in (before, services.HERE)
        }
        for warm_up in contenders.values():
            warm_up()
        times = rounds(contenders, ROUNDS)
    for name, (_, goal) in SERVICES.items():
        then, now = times[name, before], times[name, services.HERE]
        yield Row(f"check, {name}, {BEFORE}", "", "s", tuple(then))
        yield Row(f"check, {name}", "", "s", tuple(now), goal)
        yield Row(f"check, {name}", BEFORE, "×", ratios(now, then))


def made(service: Path, answers: Mapping[str, Any], ref: str) -> Path:
    """Create a service and set it up."""
    services.render(service, answers, ref)
    dev(service, "setup")
    return service


def seconds(service: Path) -> float:
    """Check a service, which must succeed, and return the time."""
    started = time.perf_counter()
    dev(service, "check")
    return time.perf_counter() - started


def dev(service: Path, task: str) -> None:
    """Run a task of a service in the service's environment."""
    command = [str(PYTHON), "dev.py", task]
    environment = without_own_environment()
    subprocess.run(command, cwd=service, env=environment, check=True, capture_output=True)
