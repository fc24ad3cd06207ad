"""A generated service's own tasks, run in this repository's environment.

Setting a service up takes half a minute and most of a gigabyte, and both environments hold the same
versions (`test_repository.py`); `test_two_commands.py` takes the long way.
"""

import os
import shutil
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess

from tests.programs import OWN_PROGRAMS, ROOT, run


def task(service: Path, *arguments: str) -> CompletedProcess[str]:
    """Run one of a service's poe tasks."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(OWN_PROGRAMS), os.environ.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join(["src", "."]),
        "MYPY_CACHE_DIR": str(mypy_cache()),
        # Tables of Unicode, which take seconds to make.
        "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    poe = ("poe", "--quiet", "--executor", "simple")
    return run(service, *poe, *arguments, environment=environment)


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
