"""Verify an update in a separate folder: set up, synthesize, compare, check."""

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
    """Install the updated service's dependencies into its folder.

    Raises:
        UpdateError: The installation fails.
    """
    _task(home, "setup")


def put_in_order(home: Path) -> None:
    """Format rewritten files, since new names change the order of imports.

    Raises:
        UpdateError: The linter reports errors that it can't fix.
    """
    _task(home, "format")


def differences(root: Path, home: Path, folder: Path) -> list[Difference]:
    """Synthesize the service before and after, and compare the resources.

    Args:
        root: The service before the update.
        home: The service after the update, set up.
        folder: The folder for both assemblies.

    Raises:
        UpdateError: A synthesis fails.
    """
    before, after = folder / "before", folder / "after"
    _synthesize(root, before, "as it is, before the update")
    _synthesize(home, after, "after the update")
    return compare(before, after)


def check(home: Path) -> None:
    """Run the updated service's checks.

    Raises:
        UpdateError: A check fails.
    """
    _task(home, "check")


def _synthesize(home: Path, folder: Path, when: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    command = [str(_interpreter(home)), "-m", _assembly(home), str(folder)]
    result = subprocess.run(  # noqa: S603 - the service's Python
        command, cwd=home, env=_environment(), capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise UpdateError(f"The service doesn't synthesize {when}:\n{result.stderr.strip()}")


def _interpreter(home: Path) -> Path:
    """Return the Python interpreter of a service's environment."""
    programs, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return home / ".venv" / programs / name


def _assembly(home: Path) -> str:
    """Return the module that synthesizes a service; before 2.0.0 it was part of the service."""
    former = home / "tooling" / "update" / "assembly.py"
    return "tooling.update.assembly" if former.exists() else "aws_service_kit.update.assembly"


def _task(home: Path, task: str) -> None:
    # The environment's Python has no pip, which the first `setup` needs.
    python = getattr(sys, "_base_executable", sys.executable)
    command = [python, "dev.py", task]
    if subprocess.run(command, cwd=home, env=_environment(), check=False).returncode != 0:  # noqa: S603
        raise UpdateError(f"`python3 dev.py {task}` fails after the update: see above.")


def _environment() -> dict[str, str]:
    """Return the environment variables without those of this virtual environment and of git hooks.

    `CI` is removed as well: with it, `setup` would reject a lock file that the update still has to
    write.
    """
    hidden = {"CI", "VIRTUAL_ENV", "PYTHONPATH"}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not STEERING.fullmatch(name)
    }
