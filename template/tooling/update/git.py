# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Git, in one folder."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from tooling.update.errors import UpdateError

if TYPE_CHECKING:
    from pathlib import Path

# A team's hooks are for what people write; the update's checks come later, and are the same.
NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")


class Git:
    """Runs git in a folder.

    Args:
        folder: Where it runs.
        settings: Git's settings over those of the user, such as `core.autocrlf=false`.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self._command = ["git", *NO_HOOKS]
        for setting in settings:
            self._command += ["-c", setting]

    def __call__(self, *arguments: str | Path) -> str:
        """Run a command and return what it printed.

        Raises:
            UpdateError: Git isn't there, or refuses.
        """
        result = self._run(*arguments)
        if result.returncode != 0:
            said = (result.stderr or result.stdout).strip()
            raise UpdateError(f"`git {arguments[0]}` failed: {said}")
        return result.stdout

    def succeeds(self, *arguments: str | Path) -> bool:
        """Run a command whose exit code is the answer."""
        return self._run(*arguments).returncode == 0

    def names(self, *arguments: str | Path) -> list[str]:
        """Run a command that lists paths with `-z`, and return them, whatever they are made of.

        Raises:
            UpdateError: Git refuses.
        """
        return [name for name in self(*arguments).split("\0") if name]

    def apply(self, patch: str, *options: str) -> str | None:
        """Apply a patch as a whole, or not at all; return why not."""
        result = self._run("apply", "--whitespace=nowarn", *options, "-", text=patch)
        return None if result.returncode == 0 else (result.stderr or result.stdout).strip()

    def _run(
        self, *arguments: str | Path, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - git, with arguments of this package's own
                [*self._command, *map(str, arguments)],
                cwd=self.folder,
                # Some answers are read, so they are in git's own language.
                env={**os.environ, "LC_ALL": "C"},
                input=text or "",
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                check=False,
            )
        except FileNotFoundError:
            raise UpdateError("git is needed, and isn't installed.") from None
