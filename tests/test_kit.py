"""The kit's tests pass in services with several answers (`tests/kit/services.py`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests import exhaustive
from tests.conftest import Render
from tests.kit.__main__ import KIT, command, environment
from tests.kit.services import ALL, SERVICES
from tests.programs import OWN_PROGRAMS, ROOT, run

FOLDERS = sorted({path.relative_to(KIT).parts[0] for path in KIT.rglob("test_*.py")})


# The service with every stack covers most.
EXHAUSTIVE = SERVICES.keys() - {"every stack"}
# Tests that share the synthesis of a service run in one process. Others run on all cores.
SYNTHESIZED = ("app", "testing")
GROUPS = [SYNTHESIZED, *((folder,) for folder in FOLDERS if folder not in SYNTHESIZED)]
CASES = [
    pytest.param(name, group, id=f"{name}-{' '.join(group)}", marks=marks)
    for name, (_, paths) in SERVICES.items()
    for group in (GROUPS if paths == ALL else [paths])
    for marks in ([exhaustive.MARK] if name in EXHAUSTIVE else [()])
]


@pytest.fixture(scope="session")
def made(render: Render) -> Callable[[str], Path]:
    """Return a function that renders one of the services, each once."""
    return cache(lambda name: render(SERVICES[name][0]))


@pytest.mark.parametrize(("name", "paths"), CASES)
def test_the_kit_s_tests_pass(
    name: str, paths: tuple[str, ...], made: Callable[[str], Path]
) -> None:
    service = made(name)
    tests = [KIT / path for path in paths]
    done = run(service, *command(tests), environment=environment(service))
    assert done.returncode == 0, done.stdout


def test_the_folders_of_the_kits_tests_obey_their_import_contract() -> None:
    contract = ("--config", KIT / ".importlinter", "--no-cache", "--no-logo")
    done = run(ROOT, OWN_PROGRAMS / "lint-imports", *contract)
    assert done.returncode == 0, done.stdout
