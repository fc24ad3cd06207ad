"""What was tried to make `submit` start sooner, each against the SDK alone."""

from __future__ import annotations

import dataclasses
import functools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import aws
from benchmarks.cold_start import ROUNDS, Code
from benchmarks.kernel import Row, ratios, rounds
from benchmarks.lambda_runtime import Function, measure
from benchmarks.scenarios import BARE

NAME = "submit, queued"
SDK_DATA = Path("sdk_data")


def run() -> Iterator[Row]:
    """Measure the variants in turn."""
    with tempfile.TemporaryDirectory() as folder, aws.plain() as endpoint:
        functions = Code(Path(folder)).functions(endpoint)
        shipped = functions[NAME]
        variants = {
            BARE: functions[BARE],
            "as shipped": shipped,
            "the SDK's data of all services": _without_data(shipped, Path(folder, "all")),
            "the endpoints of all services": _all_endpoints(shipped, Path(folder, "endpoints")),
            "without pydantic's search for plugins": _with_variable(
                shipped, "PYDANTIC_DISABLE_PLUGINS", "__all__"
            ),
        }
        contenders = {
            name: functools.partial(measure, function, warm=1)
            for name, function in variants.items()
        }
        costs = rounds(contenders, ROUNDS)
    bare = [cost.cold for cost in costs.pop(BARE)]
    for name, measured in costs.items():
        yield Row(f"submit, {name}", BARE, "×", ratios([cost.cold for cost in measured], bare))


def _without_data(function: Function, folder: Path) -> Function:
    changed = _copy(function, folder)
    shutil.rmtree(folder / SDK_DATA)
    return changed


def _all_endpoints(function: Function, folder: Path) -> Function:
    changed = _copy(function, folder)
    shutil.copy2(folder / "botocore" / "data" / "endpoints.json", folder / SDK_DATA)
    return changed


def _copy(function: Function, folder: Path) -> Function:
    bundle, *others = function.folders
    shutil.copytree(bundle, folder)
    return dataclasses.replace(function, folders=(folder, *others))


def _with_variable(function: Function, name: str, value: str) -> Function:
    return dataclasses.replace(function, environment={**function.environment, name: value})
