"""Git, in one folder, whatever a person or a shell has configured.

What makes a commit the person's own is honoured: identity, signature, merge style, line ends,
ignored files, and how remote repositories are reached. `NEUTRAL` and `STEERING` list what isn't.
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

# Settings of the updater's own git, over those of the person.
NEUTRAL = (
    # Hooks are for what people write. The updated service's own checks follow.
    f"core.hooksPath={os.devnull}",
    # A template of .git brings hooks, settings and ignored files into repositories of the updater.
    "init.templateDir=",
    # A daemon or a hook would decide which files of a temporary folder have changed.
    "core.fsmonitor=false",
    # A clean-up in the background would outlive the update, and may remove commits that it reads.
    "gc.auto=0",
    "maintenance.auto=false",
    # An earlier decision would be repeated, and staged, without anyone seeing the conflict.
    "rerere.enabled=false",
    "rerere.autoUpdate=false",
    # Files with mixed line ends would be refused.
    "core.safecrlf=false",
    # Patches fit exactly, whatever white space is in them.
    "apply.whitespace=nowarn",
    "apply.ignoreWhitespace=no",
    # Files that aren't committed are noticed before the update, not lost in it.
    "status.showUntrackedFiles=normal",
    # The update's branch follows no other one, so it isn't pushed to that by mistake.
    "branch.autoSetupMerge=false",
    # The updater looks for the template's branches under this name.
    "clone.defaultRemoteName=origin",
    # The updater fetches from repositories that it has made itself, some of them bare.
    "protocol.file.allow=always",
    "safe.bareRepository=all",
    # Submodules have updates of their own.
    "submodule.recurse=false",
    # Messages are written in UTF-8.
    "i18n.commitEncoding=UTF-8",
    # What is printed is read by programs.
    "color.ui=false",
    "column.ui=never",
    "core.quotePath=false",
    f"diff.orderFile={os.devnull}",
)
# Besides, for repositories that no person sees: files are kept byte by byte.
VERBATIM = (
    "user.name=template",
    "user.email=template@localhost",
    "commit.gpgSign=false",
    "core.autocrlf=false",
    "core.eol=lf",
    f"core.attributesFile={os.devnull}",
    f"core.excludesFile={os.devnull}",
)
# Variables that lead git to another repository, as in hooks and aliases, or change what it writes.
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
# What git says first outside a repository; a work tree that was moved has another reason.
NO_REPOSITORY = "not a git repository (or any "
# Lines that git prints beside its reason: advice, progress, traces, a signature of a stranger's.
NOISE = re.compile(
    r"hint:|warning:|Cloning into |Good .* signature |\d\d:\d\d:|\s|$", re.IGNORECASE
)
# A remedy that git suggests, such as `git config --global --add safe.directory FOLDER`.
REMEDY = re.compile(r"^\s+(?P<command>git config .+)$", re.MULTILINE)


class Git:
    """Runs git in a folder.

    Args:
        folder: Where it runs.
        settings: Git's settings over those of the person, such as `core.autocrlf=false`.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self._environment = environment(*settings)

    def __call__(self, *arguments: str | PurePath) -> str:
        """Run a command and return what it printed.

        Raises:
            UpdateError: Git isn't there, or refuses.
        """
        result = self._run(*arguments)
        if result.returncode != 0:
            raise UpdateError(f"`git {arguments[0]}` failed: {_reason(result)}")
        return result.stdout

    def succeeds(self, *arguments: str | PurePath) -> bool:
        """Run a command whose exit code is the answer."""
        return self.refusal(*arguments) is None

    def refusal(self, *arguments: str | PurePath, **variables: str) -> str | None:
        """Run a command and return why it failed; None if it succeeded.

        Args:
            arguments: The command.
            variables: Variables beside those of the environment.

        Raises:
            UpdateError: Git isn't there.
        """
        result = self._run(*arguments, variables=variables)
        return None if result.returncode == 0 else _reason(result)

    def names(self, *arguments: str | PurePath) -> list[str]:
        """Run a command that lists paths with `-z`, and return them, whatever they are made of.

        Raises:
            UpdateError: Git refuses.
        """
        return [name for name in self(*arguments).split("\0") if name]

    def apply(self, patch: str, *options: str) -> str | None:
        """Apply a patch as a whole, or not at all; return why not."""
        result = self._run("apply", *options, "-", text=patch)
        return None if result.returncode == 0 else (result.stderr or result.stdout).strip()

    def _run(
        self,
        *arguments: str | PurePath,
        text: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - git, with arguments of this package's own
                ["git", *map(str, arguments)],  # noqa: S607 - that of the person
                cwd=self.folder,
                # Some answers are read, so they are in git's own language.
                env={**self._environment, "LC_ALL": "C", **(variables or {})},
                input=text or "",
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                check=False,
            )
        except FileNotFoundError:
            if not self.folder.is_dir():
                raise UpdateError(f"The folder {self.folder} isn't there any more.") from None
            raise UpdateError("git is needed, and isn't installed.") from None


def environment(*settings: str) -> dict[str, str]:
    """Return the variables for git, and for programs that run git.

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
    """Return variables with one more setting, of whatever characters it is made."""
    number = int(variables.get("GIT_CONFIG_COUNT") or 0)
    return {
        **variables,
        "GIT_CONFIG_COUNT": str(number + 1),
        f"GIT_CONFIG_KEY_{number}": name,
        f"GIT_CONFIG_VALUE_{number}": value,
    }


def _reason(result: subprocess.CompletedProcess[str]) -> str:
    """Return git's reason in a line, and what git suggests against it."""
    text = result.stderr or result.stdout
    lines = [line.strip() for line in text.splitlines() if not NOISE.match(line)]
    reason = (lines or [f"git ended with {result.returncode}, without a reason"])[0]
    if reason.endswith(":"):
        reason = " ".join(lines[:2])
    suggested = "; ".join(f"`{found['command']}`" for found in REMEDY.finditer(text))
    reason = reason.removeprefix("fatal: ").removeprefix("error: ")
    return f"{reason} (git suggests {suggested})" if suggested else reason
