"""Run programs and capture their output."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The kit's modules.
KIT = ROOT / "template" / "kit" / "src" / "aws_service_kit"
OWN_PROGRAMS = Path(sys.executable).parent


def run(
    folder: Path, *command: str | Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, and return its exit code and output (`stdout`)."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def binary(folder: Path, *command: str) -> bytes:
    """Run a command, and return its output in bytes."""
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True).stdout


def git(folder: Path, *arguments: str | Path) -> str:
    """Run git, and assert that it succeeds."""
    result = run(
        folder, "git", "-c", "user.name=test", "-c", "user.email=test@localhost", *arguments
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def commit_all(folder: Path, message: str) -> None:
    """Commit everything that isn't ignored."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def without_own_environment() -> dict[str, str]:
    """Return the variables of a user's shell, without this repository's environment."""
    hidden = {"CI", "PYTHONPATH", "VIRTUAL_ENV"}
    variables = {name: value for name, value in os.environ.items() if name not in hidden}
    path = variables.get("PATH", "").split(os.pathsep)
    kept = (entry for entry in path if Path(entry) != OWN_PROGRAMS)
    return {**variables, "PATH": os.pathsep.join(kept)}
