"""Run a tool and save its exit code as a verdict.

`python -m aws_service_kit.controls.verdict NAME COMMAND…`
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

# Not in the evidence package, which imports YAML: each task of the inner loop would load it.
FOLDER = Path(".cache", "verdicts")


def main(name: str, *command: str) -> int:
    """Run a command and save its exit code for the controls.

    Args:
        name: The verdict's name.
        command: The command with its arguments.

    Returns:
        The command's exit code.
    """
    path = Path(FOLDER, f"{name}.json")
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603 - from the task file
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"command": command, "exit_code": code}
    # Until it is replaced, a check that runs meanwhile reads the former one.
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(content, indent=2), encoding="utf-8")
    new.replace(path)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
