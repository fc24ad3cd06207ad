"""Throughput of the local cloud: the service's load, from the API to the table, with faults."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import services
from benchmarks.kernel import Row
from tests.service_checks import environment

DONE = re.compile(r"(\d+) messages were sent and decided within (\d+) s")


def run() -> Iterator[Row]:
    """Send the load; its tests fail if a message is lost."""
    with tempfile.TemporaryDirectory() as folder:
        service = services.render(Path(folder, "service"), {"stacks": ["api", "messaging"]})
        services.uv(service, "lock")
        npm = ["npm", "ci", "--silent"]
        subprocess.run(npm, cwd=service, env=environment(), check=True)
        result = subprocess.run(
            ["poe", "--quiet", "--executor", "simple", "local-load"],
            cwd=service,
            env=environment(),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    done = DONE.search(result.stdout)
    if done is None:
        raise ValueError(result.stdout)
    messages, seconds = map(int, done.groups())
    yield Row("local cloud, API to table", "", "messages/s", (messages / seconds,))
