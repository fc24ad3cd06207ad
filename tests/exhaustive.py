"""Exhaustive tests, which most runs skip, since quicker tests cover a part of them.

`--exhaustive` runs everything, as continuous integration does each night and before a release.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pytest
from aws_service_kit.dev.properties import try_thoroughly

MARK = pytest.mark.exhaustive
WHY = "quicker tests cover a part; run by `--exhaustive`, each night and before a release"


def all_but(quick: Collection[object], values: Iterable[object]) -> list[object]:
    """Mark all values of a test or a fixture as exhaustive, except for a few."""
    return [value if value in quick else pytest.param(value, marks=MARK) for value in values]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--exhaustive`."""
    parser.addoption("--exhaustive", action="store_true", help="also run exhaustive tests")


def pytest_configure(config: pytest.Config) -> None:
    """Test properties with more examples; an example with a service takes a tenth of a second."""
    if config.getoption("--exhaustive"):
        try_thoroughly(1000)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip exhaustive tests before their fixtures are set up."""
    if item.get_closest_marker(MARK.name) and not item.config.getoption("--exhaustive"):
        pytest.skip(WHY)
