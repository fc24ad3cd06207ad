"""Cold starts, warm invocations and memory of every handler, over HTTP and HTTPS."""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import aws, calls, services
from benchmarks.kernel import Row, ratios, rounds
from benchmarks.lambda_runtime import Cost, Function, compiled, measure
from benchmarks.scenarios import BARE, BASELINES, COMMON, EMPTY, SCENARIOS, Scenario
from benchmarks.tls import encrypted

ROUNDS = 30
WARM = 10
TAUGHT_GOAL = 0.5
MEMORY_GOAL = 0.7


def over_http() -> Iterator[Row]:
    """Measure every handler in turn with the baselines, in shuffled rounds."""
    with tempfile.TemporaryDirectory() as folder, aws.plain() as endpoint:
        code = Code(Path(folder))
        yield compiled_files(code, endpoint)
        yield from over(code, endpoint)


def over_https() -> Iterator[Row]:
    """Measure the same over HTTPS, including the time for encryption."""
    with tempfile.TemporaryDirectory() as folder, encrypted(Path(folder)) as endpoint:
        yield from over(Code(Path(folder)), endpoint)


class Code:
    """The folders with the functions' code."""

    def __init__(self, folder: Path) -> None:
        runtime = services.install(folder / "runtime", "awslambdaric")
        answers = {"stacks": services.EVERY_STACK}
        service = services.bundle(services.render(folder / "service", answers))
        sdk = services.install(folder / "sdk", "boto3")
        taught = services.install(
            folder / "taught", "aws-lambda-powertools[tracer]", "boto3", "pydantic"
        )
        baselines = folder / "baselines"
        shutil.copytree(Path(__file__).with_name("baselines"), baselines)
        services.compile_folder(baselines)
        self.service = (service, runtime)
        self._sdk = (baselines, sdk, runtime)
        self._taught = (baselines, taught, runtime)

    def functions(self, endpoint: aws.Endpoint) -> dict[str, Function]:
        """Return every function to measure, by name."""
        measured = {
            name: self._function(f"service.handlers.{scenario.handler}", scenario, endpoint)
            for name, scenario in SCENARIOS.items()
        }
        others = {
            name: self._function(scenario.handler, scenario, endpoint)
            for name, scenario in BASELINES.items()
        }
        return measured | others

    def calls_alone(self, function: Function, endpoint: aws.Endpoint) -> Function:
        """Return a function that only makes the calls of a warm invocation, with the SDK."""
        called = json.dumps(calls.of_a_warm_invocation(function, endpoint))
        variables = {**function.environment, "CALLS": called}
        return Function("calls.handler", self._sdk, variables, {}, {"done": True})

    def _function(self, module: str, scenario: Scenario, endpoint: aws.Endpoint) -> Function:
        folders: tuple[Path, ...] = self.service
        if not module.startswith("service."):
            folders = self._taught if module.startswith("powertools") else self._sdk
        variables = {**COMMON, **scenario.environment, **endpoint.environment}
        return Function(f"{module}.handler", folders, variables, scenario.event, scenario.expected)


def compiled_files(code: Code, endpoint: aws.Endpoint) -> Row:
    """Count the files that are compiled at a cold start, of all handlers."""
    functions = code.functions(endpoint)
    found = [path for name in SCENARIOS for path in compiled(functions[name])]
    return Row("files compiled at cold starts", "", "files", (len(found),), 0)


def over(code: Code, endpoint: aws.Endpoint) -> Iterator[Row]:
    """Measure all functions over one type of connection."""
    functions = code.functions(endpoint)
    taught = {name: scenario.taught for name, scenario in SCENARIOS.items() if scenario.taught}
    contenders = {
        name: functools.partial(measure, function, warm=WARM)
        for name, function in functions.items()
    }
    costs = rounds(contenders, ROUNDS)
    yield from against_the_sdk(costs)
    for name, baseline in taught.items():
        yield from against_what_is_taught(costs, name, baseline)


def against_the_sdk(costs: Mapping[str, list[Cost]]) -> Iterator[Row]:
    """Divide each cold start by that of the SDK alone."""
    bare = [cost.cold for cost in costs[BARE]]
    yield Row(f"cold start, {BARE}", "", "ms", tuple(bare))
    for name in (EMPTY, *SCENARIOS):
        goal = SCENARIOS[name].goal if name in SCENARIOS else None
        values = ratios([cost.cold for cost in costs[name]], bare)
        yield Row(f"cold start, {name}", BARE, "×", values, goal)
    for name in BASELINES:
        if name.startswith("powertools"):
            values = ratios([cost.cold for cost in costs[name]], bare)
            yield Row(f"cold start, {name}", BARE, "×", values)


def against_what_is_taught(
    costs: Mapping[str, list[Cost]], name: str, baseline: str
) -> Iterator[Row]:
    """Divide cold start and memory by those of the baseline from Powertools' documentation."""
    measured, taught = costs[name], costs[baseline]
    cold = ratios([cost.cold for cost in measured], [cost.cold for cost in taught])
    yield Row(f"cold start, {name}", baseline, "×", cold, TAUGHT_GOAL)
    yield Row(f"warm, {name}", "", "ms", tuple(cost.warm for cost in measured))
    memory = ratios([cost.memory for cost in measured], [cost.memory for cost in taught])
    yield Row(f"memory, {name}", baseline, "×", memory, MEMORY_GOAL)
