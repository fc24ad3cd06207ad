"""Prove an update in a folder of its own: set up, synthesize, compare, check."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import STEERING
from aws_service_kit.update.resources import compare

if TYPE_CHECKING:
    from pathlib import Path

    from aws_service_kit.update.resources import Difference


def set_up(home: Path) -> None:
    """Install what the updated service needs, into its own folder.

    Raises:
        UpdateError: Something can't be installed.
    """
    _task(home, "setup")


def put_in_order(home: Path) -> None:
    """Format what programs rewrote: other names sort imports otherwise.

    Raises:
        UpdateError: The linter finds what it can't fix.
    """
    _task(home, "format")


def differences(root: Path, home: Path, folder: Path) -> list[Difference]:
    """Synthesize the service before and after, and compare the resources.

    Args:
        root: The service as it is.
        home: The service after the update, set up.
        folder: Where both assemblies go.

    Raises:
        UpdateError: One of them doesn't synthesize.
    """
    before, after = folder / "before", folder / "after"
    _synthesize(root, before, "as it is, before the update")
    _synthesize(home, after, "after the update")
    return compare(before, after)


def check(home: Path) -> None:
    """Run the updated service's own checks.

    Raises:
        UpdateError: One fails.
    """
    _task(home, "check")


def _synthesize(home: Path, folder: Path, when: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    command = [str(_interpreter(home)), "-m", _assembly(home), str(folder)]
    result = subprocess.run(  # noqa: S603 - the service's own Python
        command, cwd=home, env=_environment(), capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise UpdateError(f"The service doesn't synthesize {when}:\n{result.stderr.strip()}")


def _interpreter(home: Path) -> Path:
    """Return the Python of a service's own environment."""
    programs, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return home / ".venv" / programs / name


def _assembly(home: Path) -> str:
    """Return the module that synthesizes a service: before 2.0.0 it has its own."""
    own = home / "tooling" / "update" / "assembly.py"
    return "tooling.update.assembly" if own.exists() else "aws_service_kit.update.assembly"


def _task(home: Path, task: str) -> None:
    # The environment's own Python has no pip, which the first set-up needs.
    python = getattr(sys, "_base_executable", sys.executable)
    command = [python, "dev.py", task]
    if subprocess.run(command, cwd=home, env=_environment(), check=False).returncode != 0:  # noqa: S603
        raise UpdateError(f"`python3 dev.py {task}` fails after the update: see above.")


def _environment() -> dict[str, str]:
    """Give the variables without those of the running environment, and of a hook of git.

    `CI` holds a set-up to the lock file, which an update makes anew.
    """
    hidden = {"CI", "VIRTUAL_ENV", "PYTHONPATH"}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not STEERING.fullmatch(name)
    }
