"""A generated service runs locally: it is deployed by the CDK CLI, and called."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests import exhaustive
from tests.answers import Answers
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.programs import OWN_PROGRAMS, run
from tests.service_checks import task

SERVICES: dict[str, tuple[Answers, list[str]]] = {
    "every stack": ({"stacks": list(ALL_STACKS)}, []),
    # Calls without permission are rejected.
    "API and queue, enforced": ({"stacks": ["api", "messaging"]}, ["--enforce-permissions"]),
}
QUICK = ["every stack"]

# Pairs of stacks that affect each other: targets of rules and schedules, destinations of reports,
# subscribers of notifications. Other pairs are independent.
PAIRS = [
    ("events", "messaging"),
    ("events", "workflow"),
    ("events", "reports"),
]
ALONE_OR_IN_PAIRS = [*((each,) for each in ALL_STACKS), *PAIRS]

# Tests that don't depend on the stacks, and pass with all of them.
SHOWN_BEFORE = [
    "tests/local/test_guideline.py::test_every_response_is_documented",
    "tests/local/test_guideline.py::test_nothing_differs_after_a_deployment",
    "tests/local/test_guideline.py::test_a_change_of_the_code_is_deployed",
]
OTHERS = [f"--deselect={each}" for each in SHOWN_BEFORE]


def set_up(service: Path) -> None:
    """Create the results of a set-up: the lock file and the CDK's command line."""
    path = os.pathsep.join([str(OWN_PROGRAMS), os.environ["PATH"]])
    for command in (("uv", "lock", "--quiet"), ("npm", "ci", "--silent")):
        done = run(service, *command, environment={**os.environ, "PATH": path})
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", exhaustive.all_but(QUICK, SERVICES))
def test_a_service_runs_in_the_emulator(render: Render, name: str) -> None:
    answers, options = SERVICES[name]
    service = render(answers)
    set_up(service)

    tested = task(service, "local-test", *options)

    assert tested.returncode == 0, tested.stdout
    assert "`python3 dev.py local-load`" in tested.stdout
    assert_nothing_is_left(service)


@exhaustive.MARK
def test_a_service_loses_nothing_while_its_dependencies_fail(render: Render) -> None:
    service = render({"stacks": list(ALL_STACKS)})
    set_up(service)

    loaded = task(service, "local-load")

    assert loaded.returncode == 0, loaded.stdout
    assert "2000 messages were sent and decided" in loaded.stdout
    assert re.search(r"[1-9]\d* calls failed once, [1-9]\d* at every attempt", loaded.stdout)
    assert "skipped" not in loaded.stdout
    assert_nothing_is_left(service)


def assert_nothing_is_left(service: Path) -> None:
    assert not (service / ".cache" / "local-tests" / "running.json").exists()
    assert not (service / ".cache" / "local-tests" / "tmp").exists()


@pytest.fixture(scope="module")
def first(render: Render) -> Path:
    """A service that has run, from which others copy what is the same for all."""
    service = render({"stacks": []})
    set_up(service)
    tested = task(service, "local-test", *OTHERS)
    assert tested.returncode == 0, tested.stdout
    return service


def take_from(first: Path, service: Path) -> None:
    """Copy the lock file, the CDK, the emulator and the wheels; the bundle is built again."""
    shutil.copy(first / "uv.lock", service)
    (service / "node_modules").symlink_to(first / "node_modules")
    (service / ".cache" / "local").mkdir(parents=True)
    (service / ".cache" / "local" / "venv").symlink_to(first / ".cache" / "local" / "venv")
    (wheels,) = (first / ".cache" / "bundle").glob("wheels-*")
    shutil.copytree(wheels, service / ".cache" / "bundle" / wheels.name, copy_function=os.link)


@exhaustive.MARK
@pytest.mark.parametrize("stacks", ALONE_OR_IN_PAIRS, ids="+".join)
def test_each_stack_runs_with_only_the_table(
    render: Render, first: Path, stacks: tuple[str, ...]
) -> None:
    service = render({"stacks": list(stacks)})
    take_from(first, service)

    tested = task(service, "local-test", *OTHERS)

    assert tested.returncode == 0, tested.stdout


@exhaustive.MARK
def test_a_dependency_missing_in_the_bundle_is_found(render: Render, first: Path) -> None:
    service = render({"stacks": ["api"]})
    take_from(first, service)
    (wheels,) = (service / ".cache" / "bundle").glob("wheels-*")
    shutil.rmtree(wheels / "aws_lambda_powertools")

    tested = task(service, "local-test", "-k", "anonymous_caller")

    assert tested.returncode == 1, tested.stdout
    assert "test_an_anonymous_caller_is_rejected" in tested.stdout
