"""A generated service's own tasks, run in this repository's environment.

Setting a service up takes half a minute and most of a gigabyte, and both environments hold the same
versions (`test_repository.py`); `test_two_commands.py` takes the long way.
"""

import os
import shutil
import sys
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess

from tests.programs import OWN_PROGRAMS, ROOT, run, without_own_environment

PYTHON = Path(sys.executable).resolve()
# pytest's plugins that only this repository has; `copie` imports Copier, which takes half a second.
OWN_PLUGINS = ("copie", "xdist", "xdist.looponfail")


def task(service: Path, *arguments: str) -> CompletedProcess[str]:
    """Run one of a service's poe tasks."""
    poe = ("poe", "--quiet", "--executor", "simple")
    return run(service, *poe, *arguments, environment=environment())


def environment() -> dict[str, str]:
    """Give the variables that a service's programs find this repository's environment with."""
    variables = {
        **os.environ,
        "PATH": os.pathsep.join([str(OWN_PROGRAMS), os.environ.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join(["kit/src", "src", "."]),
        "MYPY_CACHE_DIR": str(mypy_cache()),
        "PYTEST_ADDOPTS": " ".join(f"-p no:{plugin}" for plugin in OWN_PLUGINS),
        # Tables of Unicode, which take seconds to make.
        "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis"),
    }
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables


@cache
def mypy_cache() -> Path:
    """Give a copy of the template's cache: reading the CDK's types takes a minute.

    One for each of pytest's processes, since two mypy at once would wait for each other.
    """
    process = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder = ROOT / ".mypy_cache" / f"services-{process}"
    filled_by_the_task_types = ROOT / "template" / ".mypy_cache"
    if filled_by_the_task_types.exists():
        shutil.copytree(filled_by_the_task_types, folder, dirs_exist_ok=True)
    return folder


def assert_passes(service: Path, *tasks: str) -> None:
    """Assert that tasks of a service, with their options, succeed; show what a failing one said."""
    for line in tasks:
        result = task(service, *line.split())
        assert result.returncode == 0, f"{line}:\n{result.stdout}"


def dev(service: Path, *arguments: str) -> CompletedProcess[str]:
    """Run `python3 dev.py` as somebody who has nothing but Python, and mypy's cache."""
    variables = {**without_own_environment(), "MYPY_CACHE_DIR": str(mypy_cache())}
    return run(service, PYTHON, "dev.py", *arguments, environment=variables)


def assert_runs(service: Path, *arguments: str) -> str:
    """Assert that a command of `dev.py` succeeds, and return what it said."""
    result = dev(service, *arguments)
    assert result.returncode == 0, result.stdout
    return result.stdout
