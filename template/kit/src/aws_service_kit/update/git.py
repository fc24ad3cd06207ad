"""Run git in a folder, independent of the user's configuration.

Settings that belong to the user's commits are kept: identity, signature, merge style, line endings,
ignored files, and access to remote repositories. `NEUTRAL` and `STEERING` list the others.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from aws_service_kit.update.errors import UpdateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePath

# Settings that override the user's.
NEUTRAL = (
    # Hooks are for people's commits. The updated service's checks run afterwards.
    f"core.hooksPath={os.devnull}",
    # A template folder would add hooks, settings and ignored files to the updater's repositories.
    "init.templateDir=",
    # A daemon or hook would report the changed files of a temporary folder.
    "core.fsmonitor=false",
    # Background maintenance would outlive the update and may remove commits that it reads.
    "gc.auto=0",
    "maintenance.auto=false",
    # A recorded resolution would be applied and staged without showing the conflict.
    "rerere.enabled=false",
    "rerere.autoUpdate=false",
    # Files with mixed line endings would be rejected.
    "core.safecrlf=false",
    # Patches apply exactly, including their white space.
    "apply.whitespace=nowarn",
    "apply.ignoreWhitespace=no",
    # Untracked files are reported before the update instead of being overwritten.
    "status.showUntrackedFiles=normal",
    # The update's branch has no upstream, so it isn't pushed there by mistake.
    "branch.autoSetupMerge=false",
    # The updater expects the template's branches under this name.
    "clone.defaultRemoteName=origin",
    # The updater fetches from repositories that it creates, some of them bare.
    "protocol.file.allow=always",
    "safe.bareRepository=all",
    # Submodules are updated separately.
    "submodule.recurse=false",
    # Messages are written in UTF-8.
    "i18n.commitEncoding=UTF-8",
    # The updater parses the output.
    "color.ui=false",
    "column.ui=never",
    "core.quotePath=false",
    f"diff.orderFile={os.devnull}",
)
# For internal repositories: files are stored byte by byte.
VERBATIM = (
    "user.name=template",
    "user.email=template@localhost",
    "commit.gpgSign=false",
    "core.autocrlf=false",
    "core.eol=lf",
    f"core.attributesFile={os.devnull}",
    f"core.excludesFile={os.devnull}",
)
# Variables that git sets in hooks and aliases: they select another repository or change the output.
STEERING = re.compile(
    r"""GIT_(
      DIR | WORK_TREE | IMPLICIT_WORK_TREE | COMMON_DIR | INDEX_FILE | INDEX_VERSION | PREFIX
    | OBJECT_DIRECTORY | ALTERNATE_OBJECT_DIRECTORIES | QUARANTINE_PATH | NAMESPACE
    | GRAFT_FILE | SHALLOW_FILE | NO_REPLACE_OBJECTS | REPLACE_REF_BASE | ATTR_SOURCE
    | CONFIG | CONFIG_PARAMETERS | INTERNAL_SUPER_PREFIX | REFLOG_ACTION
    | TEMPLATE_DIR | DEFAULT_HASH | DEFAULT_REF_FORMAT
    | DIFF_OPTS | EXTERNAL_DIFF | (LITERAL|GLOB|NOGLOB|ICASE)_PATHSPECS
    )""",
    re.VERBOSE,
)
# Git's message outside a repository; for a moved work tree the message differs.
NO_REPOSITORY = "not a git repository (or any "
# Lines of git's output that aren't the reason: advice, progress, traces, unknown signatures.
NOISE = re.compile(
    r"hint:|warning:|Cloning into |Good .* signature |\d\d:\d\d:|\s|$", re.IGNORECASE
)
# A remedy that git suggests, such as `git config --global --add safe.directory FOLDER`.
REMEDY = re.compile(r"^\s+(?P<command>git config .+)$", re.MULTILINE)


class Git:
    """Runs git in a folder.

    Args:
        folder: The working directory.
        settings: Settings that override the user's, such as `core.autocrlf=false`.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self._environment = environment(*settings)

    def __call__(self, *arguments: str | PurePath) -> str:
        """Run a command and return its output.

        Raises:
            UpdateError: Git isn't installed, or the command fails.
        """
        result = self._run(*arguments)
        if result.returncode != 0:
            raise UpdateError(f"`git {arguments[0]}` failed: {_reason(result)}")
        return result.stdout

    def succeeds(self, *arguments: str | PurePath) -> bool:
        """Run a command and return whether it succeeded."""
        return self.failure(*arguments) is None

    def failure(self, *arguments: str | PurePath, **variables: str) -> str | None:
        """Run a command and return the reason of its failure; None if it succeeded.

        Args:
            arguments: The command.
            variables: Additional environment variables.

        Raises:
            UpdateError: Git isn't installed.
        """
        result = self._run(*arguments, variables=variables)
        return None if result.returncode == 0 else _reason(result)

    def names(self, *arguments: str | PurePath) -> list[str]:
        """Run a command that lists paths with `-z` and return them, with any characters.

        Raises:
            UpdateError: The command fails.
        """
        return [name for name in self(*arguments).split("\0") if name]

    def apply(self, patch: str, *options: str) -> str | None:
        """Apply a patch atomically; return the reason if it doesn't apply."""
        result = self._run("apply", *options, "-", text=patch)
        return None if result.returncode == 0 else (result.stderr or result.stdout).strip()

    def _run(
        self,
        *arguments: str | PurePath,
        text: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - git, with this package's arguments
                ["git", *map(str, arguments)],  # noqa: S607 - the user's git
                cwd=self.folder,
                # The output is parsed, so it must not be translated.
                env={**self._environment, "LC_ALL": "C", **(variables or {})},
                input=text or "",
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                check=False,
            )
        except FileNotFoundError:
            if not self.folder.is_dir():
                raise UpdateError(f"The folder {self.folder} doesn't exist any more.") from None
            raise UpdateError("git isn't installed.") from None


def environment(*settings: str) -> dict[str, str]:
    """Return the environment variables for git and for programs that run git.

    Args:
        settings: Settings over `NEUTRAL`, such as `core.autocrlf=false`.
    """
    variables = {name: value for name, value in os.environ.items() if not STEERING.fullmatch(name)}
    if protocols := variables.get("GIT_ALLOW_PROTOCOL"):
        variables["GIT_ALLOW_PROTOCOL"] = f"{protocols}:file"
    for each in (*NEUTRAL, *settings):
        name, _, value = each.partition("=")
        variables = configured(variables, name, value)
    return variables


def configured(variables: Mapping[str, str], name: str, value: str) -> dict[str, str]:
    """Return variables with an additional setting, with any characters."""
    number = int(variables.get("GIT_CONFIG_COUNT") or 0)
    return {
        **variables,
        "GIT_CONFIG_COUNT": str(number + 1),
        f"GIT_CONFIG_KEY_{number}": name,
        f"GIT_CONFIG_VALUE_{number}": value,
    }


def _reason(result: subprocess.CompletedProcess[str]) -> str:
    """Return git's error message in one line, with the remedy that git suggests."""
    text = result.stderr or result.stdout
    lines = [line.strip() for line in text.splitlines() if not NOISE.match(line)]
    reason = (lines or [f"git ended with {result.returncode}, without a reason"])[0]
    if reason.endswith(":"):
        reason = " ".join(lines[:2])
    suggested = "; ".join(f"`{found['command']}`" for found in REMEDY.finditer(text))
    reason = reason.removeprefix("fatal: ").removeprefix("error: ")
    return f"{reason} (git suggests {suggested})" if suggested else reason
