"""A new Python process, for tests of imports."""

import os
import subprocess
import sys


def run_python(*arguments: str, **variables: str) -> str:
    """Run Python with only these environment variables, and return its output.

    Raises:
        AssertionError: It fails; the message is its error output.
    """
    # Python needs it to start on Windows.
    needed = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    command = [sys.executable, *arguments]
    result = subprocess.run(  # noqa: S603 (code of the tests)
        command, env=needed | variables, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
