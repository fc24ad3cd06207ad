"""Fixtures with the service in a dedicated emulator, deployed once by the CDK CLI for all tests."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TypeVar

import pytest

from aws_service_kit import project
from aws_service_kit.config import load
from aws_service_kit.local import callers, deployment
from aws_service_kit.local.callers import Caller
from aws_service_kit.local.cloud import Cloud, free_port
from aws_service_kit.local.deployed_resources import API, DeployedResource, deployed, find_resource
from aws_service_kit.local.emulator import Emulator
from aws_service_kit.local.faults import Plan
from aws_service_kit.local.http import Api
from aws_service_kit.runtime.former_names import warn

ROOT = project.ROOT
LONGEST_WAIT = 60
# Lines of tests for the terminal summary.
REPORT = pytest.StashKey[list[str]]()
# The team's module with the service's entry points and the results of messages.
STACKS = "tests.local.stacks"
ENTRY_POINTS = f"{STACKS}.entry_points"
# The module's name before 2.1.0.
FORMER_ENTRY_POINTS = f"{STACKS}.entrances"
NO_ENTRY_POINTS = (
    "nothing to send: tests/local/stacks/entry_points.py is missing, which lists the service's "
    "entry points; write it with the function `under_load` (see aws_service_kit.testing.load)"
)
# A message needs three calls at most. So the probability that one of 2,000 messages fails five
# times in a row, and moves to the dead-letter queue, is 1 in 20,000 loads.
FAILING = Plan(seed=20261126, once=0.05, always=0.01)

Find = Callable[..., str]
Found = TypeVar("Found")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--enforce-permissions",
        action="store_true",
        help="let the emulator deny calls that roles and policies don't allow, if it supports them",
    )
    parser.addoption(
        "--load",
        action="store_true",
        help="instead of all other tests, send thousands of messages while dependencies fail",
    )


def is_load(config: pytest.Config) -> bool:
    """Return whether the load is requested; the option is missing if all tests run at once."""
    return bool(config.getoption("--load", default=False))


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and reject options that exclude each other."""
    config.addinivalue_line("markers", "load: runs only with --load")
    config.addinivalue_line("markers", "order(number): runs after all others, the highest last")
    config.stash[REPORT] = []
    if is_load(config) and config.getoption("--enforce-permissions"):
        raise pytest.UsageError("--load bypasses the emulator's permissions: choose one option")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select the load or all other tests, and sort them by their marker `order`.

    Raises:
        pytest.UsageError: The load is selected, and no module has the entry points.
    """
    left_out = [item for item in items if is_part_of_the_load(item) is not is_load(config)]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    items.sort(key=order)
    if items and is_load(config):
        entry_points()


def entry_points() -> str:
    """Return the name of the team's module with the service's entry points.

    Raises:
        pytest.UsageError: There is none.
    """
    for name in (ENTRY_POINTS, FORMER_ENTRY_POINTS):
        if find_spec(name):
            return name
    raise pytest.UsageError(NO_ENTRY_POINTS)


def is_part_of_the_load(item: pytest.Item) -> bool:
    """Return whether a test has the marker `load`."""
    return item.get_closest_marker("load") is not None


def order(item: pytest.Item) -> float:
    """Return the number of a test's marker `order`; tests without it run first."""
    mark = item.get_closest_marker("order")
    return -math.inf if mark is None else mark.args[0]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the lines of tests, and how to run the load."""
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
    """The emulated AWS with every stack."""
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
def resources(cloud: Cloud) -> list[DeployedResource]:
    return deployed(cloud, load().service.name)


@pytest.fixture(scope="session")
def only_resource(resources: list[DeployedResource]) -> Find:
    """Return a function that returns the physical id of a resource, by stack, type and logical id.

    The logical id may be left out while the stack has only one resource of the type.
    """

    def find(stack: str, kind: str, logical_id: str = "") -> str:
        return find_resource(resources, stack, kind, logical_id).physical_id

    return find


@pytest.fixture(scope="session")
def caller(cloud: Cloud, resources: list[DeployedResource]) -> Caller:
    """A user with permission to call the API."""
    if cloud.certificate is not None and load().api.authentication == "cognito":
        pytest.skip("with HTTPS, the emulator can't read the keys of its user pool")
    return callers.caller(cloud, resources, "caller")


@pytest.fixture(scope="session")
def other_caller(cloud: Cloud, resources: list[DeployedResource]) -> Caller:
    """Another user with permission to call the API."""
    return callers.caller(cloud, resources, "other-caller")


@pytest.fixture(scope="session")
def api(cloud: Cloud, only_resource: Find, caller: Caller) -> Api:
    return Api(cloud, only_resource("api", API), caller)


@pytest.fixture(scope="session")
def personal_data() -> set[str]:
    """Personal data that tests have sent, and that no log may contain; tests add to it."""
    return set()


def _former(name: str, new: str) -> object:
    """Return a fixture under its former name, which warns."""

    @pytest.fixture(scope="session", name=name)
    def former(request: pytest.FixtureRequest) -> object:
        warn(f"the fixture {name}", new)
        return request.getfixturevalue(new)

    return former


only = _former("only", "only_resource")
personal = _former("personal", "personal_data")
somebody = _former("somebody", "caller")
somebody_else = _former("somebody_else", "other_caller")


def eventually(look: Callable[[], Found | None], seconds: float = LONGEST_WAIT) -> Found:
    """Call a function until its result isn't None, and return the result."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.2)
    raise AssertionError(f"there was no result within {seconds} s")
