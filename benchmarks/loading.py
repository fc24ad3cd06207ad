"""Modules and data that each handler loads until its first response; equal on every computer.

`tests/test_loading.py` checks the template against the committed counts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import botocore
from aws_service_kit.app.bundle import KIT, copy_code
from aws_service_kit.app.sdk_data import add_sdk_data

from benchmarks import aws
from benchmarks.kernel import Row
from benchmarks.lambda_runtime import ENVIRONMENT, InvocationError, holds
from benchmarks.scenarios import COMMON, SCENARIOS, Scenario
from benchmarks.services import ROOT

PROBE = Path(__file__).parent / "programs" / "probe.py"
COUNTED = ("modules", "standard modules", "KB of data")


@dataclass(frozen=True)
class Loaded:
    """Loaded modules and data.

    Attributes:
        modules: The names of all modules.
        data: Size of each data file in bytes, by path.
    """

    modules: list[str]
    data: dict[str, int]

    def counts(self) -> dict[str, int]:
        """Return the count of each of `COUNTED`."""
        standard = [name for name in self.modules if _is_standard(name)]
        kilobytes = sum(self.data.values()) // 1000
        return dict(
            zip(COUNTED, (len(self.modules) - len(standard), len(standard), kilobytes), strict=True)
        )


def run() -> Iterator[Row]:
    """Count the loaded modules and data of every handler."""
    with tempfile.TemporaryDirectory() as folder, aws.plain() as endpoint:
        bundle = make_bundle(Path(folder))
        for name, scenario in SCENARIOS.items():
            for unit, count in loaded(bundle, scenario, endpoint).counts().items():
                yield Row(name, "", unit, (count,))


def make_bundle(folder: Path) -> Path:
    """Create a folder with the code as in a bundle; dependencies are this environment's."""
    copy_code(ROOT / "template" / "src" / "service", folder / "service")
    copy_code(KIT, folder / KIT.name)
    (folder / "botocore").mkdir()
    (folder / "botocore" / "data").symlink_to(Path(botocore.__file__).parent / "data")
    add_sdk_data(folder)
    shutil.rmtree(folder / "botocore")
    return folder


def loaded(bundle: Path, scenario: Scenario, endpoint: aws.Endpoint) -> Loaded:
    """Import a handler and invoke it once, and return the loaded modules and data.

    Raises:
        InvocationError: The handler failed or returned an unexpected response.
    """
    variables = {
        **ENVIRONMENT,
        **COMMON,
        **scenario.environment,
        **endpoint.environment,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(bundle),
    }
    result = subprocess.run(
        [sys.executable, str(PROBE), f"service.handlers.{scenario.handler}"],
        input=json.dumps(scenario.event),
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise InvocationError(result.stderr)
    printed = json.loads(result.stdout.splitlines()[-1])
    if not holds(printed["response"], scenario.expected):
        raise InvocationError(f"{scenario.handler} returned {printed['response']}")
    return Loaded(printed["modules"], printed["data"])


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names
