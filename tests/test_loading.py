"""Modules and data that a handler loads until its first response don't grow.

Counts are equal on every computer. The margins allow for differences between versions of Python.
After an intended change, `python3 dev.py bench loading` writes new counts.
"""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import aws
from benchmarks.loading import loaded, make_bundle
from benchmarks.report import RESULTS
from benchmarks.scenarios import SCENARIOS

MARGINS = {
    "modules": range(-5, 6),
    "standard modules": range(-40, 13),
    "KB of data": range(-10, 11),
}


def stored() -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in json.loads((RESULTS / "loading.json").read_text(encoding="utf-8"))["rows"]:
        counts[row["what"]][row["unit"]] = row["median"]
    return counts


def deviations(name: str, bundle: Path, endpoint: aws.Endpoint) -> dict[str, tuple[int, int]]:
    """Return the counts outside of the margins, each with the stored count."""
    before = stored()[name]
    counts = loaded(bundle, SCENARIOS[name], endpoint).counts()
    return {
        unit: (count, before[unit])
        for unit, count in counts.items()
        if count - before[unit] not in MARGINS[unit]
    }


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[aws.Endpoint]:
    with aws.plain() as endpoint:
        yield endpoint


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_handler_loads_no_more_than_before(
    name: str, bundle: Path, endpoint: aws.Endpoint
) -> None:
    assert deviations(name, bundle, endpoint) == {}


def test_every_handler_is_measured(bundle: Path) -> None:
    handlers = {
        path.stem
        for path in (bundle / "service" / "handlers").glob("*.py")
        if "def handler(" in path.read_text(encoding="utf-8")
    }
    assert {scenario.handler for scenario in SCENARIOS.values()} == handlers


def test_every_handler_defers_garbage_collection_before_its_other_imports(bundle: Path) -> None:
    first = [
        "from aws_service_kit.runtime import cold_start",
        "cold_start.defer_garbage_collection()",
    ]
    for scenario in SCENARIOS.values():
        module = bundle / "service" / "handlers" / f"{scenario.handler}.py"
        _docstring, *statements = ast.parse(module.read_text(encoding="utf-8")).body
        assert [ast.unparse(statement) for statement in statements[:2]] == first, module.name


@pytest.mark.parametrize(
    ("planted", "counted"),
    [
        ("from aws_lambda_powertools.utilities import batch", "modules"),
        ("import asyncio", "standard modules"),
        ("clients.client('sns')", "KB of data"),
        ("clients.client('kinesis')", "KB of data"),
    ],
)
def test_a_slower_cold_start_is_found(
    planted: str, counted: str, tmp_path: Path, endpoint: aws.Endpoint
) -> None:
    bundle = make_bundle(tmp_path)
    handler = bundle / "service" / "handlers" / "get_request.py"
    handler.write_text(f"{handler.read_text(encoding='utf-8')}\n{planted}\n", encoding="utf-8")

    assert counted in deviations("get", bundle, endpoint)
