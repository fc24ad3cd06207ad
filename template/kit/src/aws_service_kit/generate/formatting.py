"""Format Python code by the rules of the service's ruff.toml."""

import subprocess
from functools import cache
from pathlib import Path, PurePosixPath

from ruff import find_ruff_bin  # type: ignore[import-untyped] # ruff has no types

from aws_service_kit.generate.errors import GenerateError


@cache
def formatted(text: str, path: PurePosixPath, root: Path) -> str:
    """Return a file's text with sorted imports, formatted by the service's rules.

    Args:
        text: Python code.
        path: Its path in the service, which selects rules.
        root: The service's folder.

    Raises:
        GenerateError: It isn't Python.
    """
    if path.suffix != ".py":
        return text
    # Only imports are sorted: other fixes would change code that the command didn't write.
    fixed = _ruff(["check", "--quiet", "--fix-only", "--select", "I"], text, path, root)
    return _ruff(["format", "--quiet"], fixed, path, root)


def without_unused_imports(text: str, path: PurePosixPath, root: Path) -> str:
    """Return the text of new code without the imports that it doesn't use.

    Raises:
        GenerateError: It isn't Python.
    """
    return _ruff(["check", "--quiet", "--fix-only", "--select", "F401"], text, path, root)


def is_formatted(text: str, path: PurePosixPath, root: Path) -> bool:
    """Return whether a team's file is formatted by the service's rules."""
    return formatted(text, path, root) == text


def _ruff(arguments: list[str], text: str, path: PurePosixPath, root: Path) -> str:
    command = [find_ruff_bin(), *arguments, "--stdin-filename", str(path), "-"]
    done = subprocess.run(  # noqa: S603 (the service's formatter)
        command, cwd=root, input=text.encode(), capture_output=True, check=False
    )
    if done.returncode:
        reason = done.stderr.decode().strip().splitlines()
        raise GenerateError(f"{path} isn't Python: {reason[0] if reason else 'ruff failed'}")
    return done.stdout.decode()
