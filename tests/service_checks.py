"""Run a generated service's tasks in this repository's environment.

Setting up a service takes half a minute and almost a gigabyte, and both environments have the same
versions (`test_repository.py`). `test_two_commands.py` sets up a service.
"""

import os
import shutil
import sys
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess

from tests.programs import OWN_PROGRAMS, ROOT, run, without_own_environment

PYTHON = Path(sys.executable).resolve()
# pytest plugins of this repository only; `copie` imports Copier, which takes half a second.
OWN_PLUGINS = ("copie", "xdist", "xdist.looponfail")


def task(service: Path, *arguments: str) -> CompletedProcess[str]:
    """Run one of a service's poe tasks."""
    poe = ("poe", "--quiet", "--executor", "simple")
    return run(service, *poe, *arguments, environment=environment())


def environment() -> dict[str, str]:
    """Return the variables by which a service's programs use this repository's environment."""
    variables = {
        **os.environ,
        "PATH": os.pathsep.join([str(OWN_PROGRAMS), os.environ.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join(["kit/src", "src", "."]),
        "MYPY_CACHE_DIR": str(mypy_cache()),
        "PYTEST_ADDOPTS": " ".join(f"-p no:{plugin}" for plugin in OWN_PLUGINS),
        # Tables of Unicode, which take seconds to generate.
        "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis"),
    }
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables


@cache
def mypy_cache() -> Path:
    """Return a copy of the template's mypy cache, since reading the CDK's types takes a minute.

    One for each of pytest's processes, since two mypy at once would wait for each other.
    """
    process = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder = ROOT / ".mypy_cache" / f"services-{process}"
    filled_by_the_task_types = ROOT / "template" / ".mypy_cache"
    if filled_by_the_task_types.exists():
        shutil.copytree(filled_by_the_task_types, folder, dirs_exist_ok=True)
    return folder


def assert_passes(service: Path, *tasks: str) -> None:
    """Assert that tasks of a service, with options, succeed; a failure shows the output."""
    for line in tasks:
        result = task(service, *line.split())
        assert result.returncode == 0, f"{line}:\n{result.stdout}"


def dev(service: Path, *arguments: str) -> CompletedProcess[str]:
    """Run `python3 dev.py` with Python and mypy's cache only."""
    variables = {**without_own_environment(), "MYPY_CACHE_DIR": str(mypy_cache())}
    return run(service, PYTHON, "dev.py", *arguments, environment=variables)


def assert_runs(service: Path, *arguments: str) -> str:
    """Assert that a command of `dev.py` succeeds, and return its output."""
    result = dev(service, *arguments)
    assert result.returncode == 0, result.stdout
    return result.stdout
