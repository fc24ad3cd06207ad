"""Run a tool and write down how it ended.

`python -m aws_service_kit.controls.verdict NAME COMMAND…`
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

# Here, not with the evidence: that reads YAML, and each task of the inner loop would import it.
FOLDER = Path(".cache", "verdicts")


def main(name: str, *command: str) -> int:
    """Run a command, and keep its exit code for the controls.

    Args:
        name: What the verdict is called.
        command: The command with its arguments.

    Returns:
        The command's exit code.
    """
    path = Path(FOLDER, f"{name}.json")
    path.unlink(missing_ok=True)
    code = subprocess.run(command, check=False).returncode  # noqa: S603 - from the task file
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"command": command, "exit_code": code}
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
