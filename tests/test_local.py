"""A generated service runs on this machine: deployed by the CDK's command line, and called."""

import os
from pathlib import Path

import pytest

from tests.answers import Answers
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.programs import OWN_PROGRAMS, run
from tests.service_checks import task

SERVICES: dict[str, tuple[Answers, list[str]]] = {
    "every stack": ({"stacks": list(ALL_STACKS)}, []),
    # Some stacks alone, and what a role or a policy doesn't allow refused.
    "API and queue, enforced": ({"stacks": ["api", "messaging"]}, ["--enforce-permissions"]),
}


def set_up(service: Path) -> None:
    """Make what else only a service's own set-up makes: its lock file, the CDK's command line."""
    path = os.pathsep.join([str(OWN_PROGRAMS), os.environ["PATH"]])
    for command in (("uv", "lock", "--quiet"), ("npm", "ci", "--silent")):
        done = run(service, *command, environment={**os.environ, "PATH": path})
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("answers", "options"), SERVICES.values(), ids=SERVICES)
def test_a_service_runs_in_the_emulator(
    render: Render, answers: Answers, options: list[str]
) -> None:
    service = render(answers)
    set_up(service)

    tested = task(service, "local-test", *options)

    assert tested.returncode == 0, tested.stdout
    assert "`python3 dev.py local-load`" in tested.stdout
    assert_nothing_is_left(service)


def test_a_service_loses_nothing_while_its_dependencies_fail(render: Render) -> None:
    service = render({"stacks": list(ALL_STACKS)})
    set_up(service)

    loaded = task(service, "local-load")

    assert loaded.returncode == 0, loaded.stdout
    assert "2000 messages were sent and decided" in loaded.stdout
    assert "skipped" not in loaded.stdout
    assert_nothing_is_left(service)


def assert_nothing_is_left(service: Path) -> None:
    assert not (service / ".cache" / "local-tests" / "running.json").exists()
    assert not (service / ".cache" / "local-tests" / "tmp").exists()
