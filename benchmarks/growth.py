"""Growth of bundle, checks, synthesis and controls with the number of a service's functions."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks import services
from benchmarks.bundle import zipped_megabytes
from benchmarks.kernel import Row
from tests.kernel import synthesize
from tests.service_checks import environment

SIZES = (1, 10, 50, 100)
# A stack can have 500 resources.
FUNCTIONS_IN_A_STACK = 25
POE = ("poe", "--quiet", "--executor", "simple")
CHECKS: Mapping[str, Sequence[str]] = {
    "lint": (*POE, "lint"),
    "types": (*POE, "types"),
    "import contracts": (*POE, "imports"),
    "unit tests": (*POE, "unit", "--no-cov"),
}
# Controls of an unchecked service fail, in the same time.
CONTROLS = ("python", "-m", "aws_service_kit.controls")

HANDLER = '''"""GET /health: one of many."""

from service.handlers.contract import HealthView
from aws_service_kit.runtime.http import Response, endpoint
from aws_service_kit.runtime.request import Request


@endpoint
def handler(_request: Request) -> Response:
    """Return 200."""
    return Response(200, HealthView())
'''
TEST = """from service.handlers import {name}
from aws_service_kit.testing.api_gateway import proxy_event
from tests.unit.handlers.calls import call


def test_{name}_answers() -> None:
    assert call({name}.handler, proxy_event(caller=None)).status == 200
"""
STACK = '''"""More functions."""

from aws_cdk import Duration, Stage

from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.stack import ServiceStack

HANDLERS = [f"more_{{each}}" for each in range({first}, {end})]


class MoreStack(ServiceStack):
    """A function for each of the handlers."""

    def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
        super().__init__(stage, "{name}", environment=environment, description="More functions")
        for handler in HANDLERS:
            Function(
                self,
                handler.title().replace("_", ""),
                handler=f"service.handlers.{{handler}}.handler",
                memory_mb=256,
                timeout=Duration.seconds(5),
            )
'''


def run() -> Iterator[Row]:
    """Add functions to a service, and measure the commands that developers wait for."""
    with tempfile.TemporaryDirectory() as folder:
        for functions in SIZES:
            service = services.render(Path(folder, f"service-{functions}"), {})
            add_functions(service, functions)
            yield from measured(service, functions, Path(folder, f"assembly-{functions}"))


def measured(service: Path, functions: int, assembly: Path) -> Iterator[Row]:
    """Measure one service with warm caches."""
    which = f"functions: {functions}"
    parts = zipped_megabytes(services.bundle(service), assembly.with_suffix(".zip"))
    yield Row(f"{which}, bundle", "", "MB", (sum(parts.values()),))
    call(service, (*POE, "format"))
    for name, command in CHECKS.items():
        call(service, command)  # fills the tool's cache
        yield Row(f"{which}, {name}", "", "s", (seconds(partial(call, service, command)),))
    yield Row(f"{which}, synthesis", "", "s", (seconds(partial(synthesize, service, assembly)),))
    (assembly / "cdk.out").rename(service / "cdk.out")
    controls = partial(call, service, CONTROLS, passes=False)
    yield Row(f"{which}, controls", "", "s", (seconds(controls),))


def add_functions(service: Path, number: int) -> None:
    """Add functions with their handlers, tests and stacks."""
    for name in (f"more_{each}" for each in range(number)):
        (service / f"src/service/handlers/{name}.py").write_text(HANDLER, "utf-8")
        test = TEST.format(name=name)
        (service / f"tests/unit/handlers/test_{name}.py").write_text(test, "utf-8")
    for first in range(0, number, FUNCTIONS_IN_A_STACK):
        end = min(first + FUNCTIONS_IN_A_STACK, number)
        text = STACK.format(name=f"more-{first}", first=first, end=end)
        (service / f"infrastructure/stacks/more_{first}.py").write_text(text, "utf-8")


def call(service: Path, command: Sequence[str], *, passes: bool = True) -> None:
    """Run a command in a service."""
    subprocess.run(command, cwd=service, env=environment(), check=passes, capture_output=True)


def seconds(what: Callable[[], object]) -> float:
    """Return the time of a call in seconds."""
    started = time.perf_counter()
    what()
    return time.perf_counter() - started
