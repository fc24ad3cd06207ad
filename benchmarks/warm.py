"""Overhead of a warm invocation over its AWS calls, in instructions, since times vary by more."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import aws, instructions
from benchmarks.cold_start import Code
from benchmarks.kernel import Row, ratios
from benchmarks.lambda_runtime import Function
from benchmarks.scenarios import LEAST, SCENARIOS

SEEDS = (1, 2)
GOAL = 0.25
UNIT = "M instructions"


def run() -> Iterator[Row]:
    """Count the instructions of each handler, of its baseline, and of the calls of both."""
    taught = {name: scenario.taught for name, scenario in SCENARIOS.items() if scenario.taught}
    with tempfile.TemporaryDirectory() as folder, aws.plain() as endpoint:
        code = Code(Path(folder))
        functions = code.functions(endpoint)
        names = sorted({*taught, *taught.values()})
        whole = counted({name: functions[name] for name in (*names, LEAST)})
        calls = counted({name: code.calls_alone(functions[name], endpoint) for name in names})
    beyond = {name: differences(whole[name], calls[name]) for name in names}
    yield Row(LEAST, "", UNIT, whole[LEAST])
    for name, baseline in taught.items():
        yield Row(f"{name}, its calls", "", UNIT, calls[name])
        yield Row(f"{name}, beyond them", "", UNIT, beyond[name])
        ratio = ratios(beyond[name], beyond[baseline])
        yield Row(f"{name}, beyond them", baseline, "×", ratio, GOAL)
    for baseline in sorted(set(taught.values())):
        yield Row(LEAST, baseline, "×", ratios(whole[LEAST], beyond[baseline]))


def counted(functions: Mapping[str, Function]) -> dict[str, tuple[float, ...]]:
    """Count the instructions of a warm invocation of each function with each seed."""
    runs = [(function, seed) for function in functions.values() for seed in SEEDS]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = pool.map(lambda run: instructions.warm(run[0], seed=run[1]), runs)
        return {name: tuple(itertools.islice(counts, len(SEEDS))) for name in functions}


def differences(values: Sequence[float], others: Sequence[float]) -> tuple[float, ...]:
    """Return the differences of two functions' values for each seed."""
    return tuple(value - other for value, other in zip(values, others, strict=True))
