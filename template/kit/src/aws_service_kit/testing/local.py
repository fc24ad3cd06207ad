"""The service in an emulator of its own, deployed once by the CDK's command line for all tests."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from aws_service_kit import project
from aws_service_kit.config import load
from aws_service_kit.local import deployment
from aws_service_kit.local.callers import Caller, caller
from aws_service_kit.local.cloud import Cloud, free_port
from aws_service_kit.local.emulator import Emulator
from aws_service_kit.local.faults import Plan
from aws_service_kit.local.http import Api
from aws_service_kit.local.resources import API, Deployed, deployed

ROOT = project.ROOT
LONGEST_WAIT = 60
# What tests have to say in the end.
REPORT = pytest.StashKey[list[str]]()
# A message takes three calls at the most, so that of 2,000 one fails five times in a row, and goes
# to the dead letters, in one load of 20,000.
FAILING = Plan(seed=20261126, once=0.05, always=0.01)

Find = Callable[..., str]
Found = TypeVar("Found")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--enforce-permissions",
        action="store_true",
        help="let the emulator refuse what roles and policies don't allow, as far as it can",
    )
    parser.addoption(
        "--load",
        action="store_true",
        help="instead of all else send thousands of messages, while dependencies fail",
    )


def is_load(config: pytest.Config) -> bool:
    """Tell whether the load is asked for; who runs all tests at once has no such option."""
    return bool(config.getoption("--load", default=False))


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known, and refuse options that exclude each other."""
    config.addinivalue_line("markers", "load: runs with --load, and then alone")
    config.addinivalue_line("markers", "order(number): runs after all without it, the highest last")
    config.stash[REPORT] = []
    if is_load(config) and config.getoption("--enforce-permissions"):
        raise pytest.UsageError("--load leads functions past what enforces permissions: choose one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose the load or all else; order what looks at all that happened, and then destroys it."""
    left_out = [item for item in items if is_part_of_the_load(item) is not is_load(config)]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    items.sort(key=order)


def is_part_of_the_load(item: pytest.Item) -> bool:
    """Tell whether a test has the mark `load`."""
    return item.get_closest_marker("load") is not None


def order(item: pytest.Item) -> float:
    """Give the number of a test's mark `order`; without one it comes first."""
    mark = item.get_closest_marker("order")
    return -math.inf if mark is None else mark.args[0]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what tests have to say, and how to run what isn't run by itself."""
    for line in config.stash[REPORT]:
        terminalreporter.write_line(line)
    if not is_load(config):
        terminalreporter.write_line(
            "Left out: thousands of messages while dependencies fail, `python3 dev.py local-load`"
        )


@pytest.fixture(scope="session")
def emulator() -> Emulator:
    return Emulator(ROOT, ROOT / ".cache" / "local-tests")


@pytest.fixture(scope="session")
def cloud(emulator: Emulator, pytestconfig: pytest.Config) -> Iterator[Cloud]:
    """The emulator's AWS, with every stack."""
    strict = pytestconfig.getoption("--enforce-permissions")
    failing = FAILING if is_load(pytestconfig) else None
    cloud = emulator.start(free_port(), strict=strict, failing=failing)
    try:
        deployment.bootstrap(cloud, emulator)
        deployment.deploy(cloud, emulator)
        yield cloud
    finally:
        emulator.stop()


@pytest.fixture(scope="session")
def resources(cloud: Cloud) -> list[Deployed]:
    return deployed(cloud, load().service.name)


@pytest.fixture(scope="session")
def only(resources: list[Deployed]) -> Find:
    """Give the one resource of a kind in a stack, by its physical id."""

    def find(stack: str, kind: str, logical_id: str = "") -> str:
        (found,) = (
            each.physical_id
            for each in resources
            if (each.stack, each.kind) == (stack, kind) and logical_id in {"", each.logical_id}
        )
        return found

    return find


@pytest.fixture(scope="session")
def somebody(cloud: Cloud, resources: list[Deployed]) -> Caller:
    """Somebody who may call the API."""
    if cloud.certificate is not None and load().api.authentication == "cognito":
        pytest.skip("speaking HTTPS, the emulator can't read its own user pool's keys")
    return caller(cloud, resources, "somebody")


@pytest.fixture(scope="session")
def somebody_else(cloud: Cloud, resources: list[Deployed]) -> Caller:
    return caller(cloud, resources, "somebody-else")


@pytest.fixture(scope="session")
def api(cloud: Cloud, only: Find, somebody: Caller) -> Api:
    return Api(cloud, only("api", API), somebody)


@pytest.fixture(scope="session")
def personal() -> set[str]:
    """What the tests sent, and no log may hold: tests add to it."""
    return set()


def eventually(look: Callable[[], Found | None], seconds: float = LONGEST_WAIT) -> Found:
    """Look until there is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.2)
    raise AssertionError(f"nothing came within {seconds} s")
