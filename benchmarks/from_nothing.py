"""Time from `copier copy` until all checks pass, with empty and with warm caches."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import services
from benchmarks.kernel import Row
from tests.programs import without_own_environment
from tests.service_checks import PYTHON

CACHES = {"UV_CACHE_DIR": "uv", "NPM_CONFIG_CACHE": "npm", "XDG_CACHE_HOME": "cache"}


def run() -> Iterator[Row]:
    """Create two services, the second with the caches of the first."""
    with tempfile.TemporaryDirectory() as folder:
        caches = {name: str(Path(folder, part)) for name, part in CACHES.items()}
        for number, state in enumerate(("empty caches", "warm caches")):
            yield from whole(Path(folder, f"service-{number}"), caches, state)


def whole(service: Path, caches: Mapping[str, str], state: str) -> Iterator[Row]:
    """Create a service, set it up and check it."""
    started = time.perf_counter()
    services.render(service, {"stacks": services.EVERY_STACK})
    copied = time.perf_counter()
    yield Row(f"{state}: copy", "", "s", (copied - started,))
    for task in ("setup", "check"):
        before = time.perf_counter()
        environment = {**without_own_environment(), **caches}
        command = [str(PYTHON), "dev.py", task]
        subprocess.run(command, cwd=service, env=environment, check=True, capture_output=True)
        yield Row(f"{state}: {task}", "", "s", (time.perf_counter() - before,))
    yield Row(f"{state}: together", "", "s", (time.perf_counter() - started,))
