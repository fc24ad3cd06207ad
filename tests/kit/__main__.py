"""Run the kit's tests in a service that has every stack: `python3 dev.py kit tests/kit/runtime`."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from copier import run_copy

from tests.combinations import ALL_STACKS
from tests.programs import ROOT
from tests.template_copies import copy_template

KIT = ROOT / "tests" / "kit"
SERVICE = ROOT / ".cache" / "kit"


def render(service: Path) -> None:
    """Render a service with every stack from this working copy."""
    shutil.rmtree(service, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        copy_template(Path(folder))
        answers = {"stacks": list(ALL_STACKS)}
        run_copy(folder, service, data=answers, defaults=True, quiet=True, unsafe=True)


def command(arguments: Sequence[str | Path]) -> list[str | Path]:
    """Return the command that runs the kit's tests in a service, with options of pytest."""
    options = ("-c", KIT / "pytest.ini", "--rootdir", KIT)
    return [sys.executable, "-m", "pytest", *options, *arguments]


def environment(service: Path) -> dict[str, str]:
    """Return the environment variables of the tests."""
    return {
        **os.environ,
        "PYTHONPATH": str(service / "src"),
        # Tables of Unicode, which take seconds to generate.
        "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis"),
    }


if __name__ == "__main__":
    render(SERVICE)
    asked = [Path(each).resolve() if Path(each).exists() else each for each in sys.argv[1:]]
    sys.exit(subprocess.call(command(asked or [KIT]), cwd=SERVICE, env=environment(SERVICE)))
