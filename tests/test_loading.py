"""Modules and data that a handler loads until its first response don't grow.

Counts are equal on every machine; the margins are for what differs between versions of Python, of
which newer ones load less of their own.
When a change is meant: `python3 dev.py bench loading` writes the counts down anew.
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


def recorded() -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in json.loads((RESULTS / "loading.json").read_text(encoding="utf-8"))["rows"]:
        counts[row["what"]][row["unit"]] = row["median"]
    return counts


def deviations(name: str, bundle: Path, endpoint: aws.Endpoint) -> dict[str, tuple[int, int]]:
    """Return what differs from the record by more than the margins: the count and the record."""
    record = recorded()[name]
    counts = loaded(bundle, SCENARIOS[name], endpoint).counts()
    return {
        kind: (count, record[kind])
        for kind, count in counts.items()
        if count - record[kind] not in MARGINS[kind]
    }


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[aws.Endpoint]:
    with aws.plain() as endpoint:
        yield endpoint


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_handler_loads_what_it_did(name: str, bundle: Path, endpoint: aws.Endpoint) -> None:
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
    ("planted", "noticed"),
    [
        ("from aws_lambda_powertools.utilities import batch", "modules"),
        ("import asyncio", "standard modules"),
        ("clients.client('sns')", "KB of data"),
        ("clients.client('kinesis')", "KB of data"),
    ],
)
def test_what_slows_a_cold_start_is_noticed(
    planted: str, noticed: str, tmp_path: Path, endpoint: aws.Endpoint
) -> None:
    bundle = make_bundle(tmp_path)
    handler = bundle / "service" / "handlers" / "get_request.py"
    handler.write_text(f"{handler.read_text(encoding='utf-8')}\n{planted}\n", encoding="utf-8")

    assert noticed in deviations("get", bundle, endpoint)
