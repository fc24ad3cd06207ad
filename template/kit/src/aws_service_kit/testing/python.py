"""Python started anew, for tests of what happens when modules are imported."""

import os
import subprocess
import sys


def run_python(*arguments: str, **variables: str) -> str:
    """Return what Python prints in an environment of these variables alone.

    Raises:
        AssertionError: it fails; the message is what it says of that.
    """
    # Without it Python doesn't start on Windows.
    needed = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    command = [sys.executable, *arguments]
    result = subprocess.run(  # noqa: S603 (the tests' own code)
        command, env=needed | variables, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
