# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Run a task of this project in its own environment: `python3 dev.py TASK`.

`setup` makes that environment; the other tasks make it when it is missing. `python3 dev.py` lists
them. Only the standard library is used, because this runs before anything is installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

OLDEST_PYTHON = (3, 11)
WINDOWS = os.name == "nt"
# Of an environment that is active, the interpreter that it was made from.
BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
# The version of uv, with the hashes of its files.
UV = Path(__file__).resolve().parent / "tooling" / "uv.txt"
# The release since which an environment has what tasks run, the kit: an older one is made anew.
TASKS = "2.0.0"
# What shells report of a program that Ctrl-C ended, and of one that was called in a wrong way.
INTERRUPTED, MISUSED = 130, 2

# What a folder's name can't have: poe takes the one for a variable, PATH the other for its end.
UNUSABLE = ("$", os.pathsep)

# Variables that choose what is installed, deployed or checked, or where, would make two laptops
# differ. So only these of the installers', the checks', Python's and the CDK's own (one for each of
# its options) are passed on: how the index is reached, where caches are, how much is printed.
STEERING = re.compile(
    r"(?i:uv|pip|npm_config|poe|python|jsii|pytest|coverage|hypothesis|ruff|zizmor)_|PYTHON"
    r"|NODE_(ENV|PATH|OPTIONS)$|CDK_|MYPYPATH$"
)
PASSED_ON = re.compile(
    r"""
    UV_( INDEX.* | DEFAULT_INDEX | EXTRA_INDEX_URL | FIND_LINKS | NO_INDEX | INSECURE_HOST
       | KEYRING_PROVIDER | NATIVE_TLS | SYSTEM_CERTS | CREDENTIALS_DIR | CONFIG_FILE
       | CACHE_DIR | NO_CACHE | LINK_MODE | OFFLINE | HTTP_.* | CONCURRENT_.* | NO_PROGRESS )
    | PIP_( INDEX_URL | EXTRA_INDEX_URL | FIND_LINKS | NO_INDEX | TRUSTED_HOST | KEYRING_PROVIDER
       | CERT | CLIENT_CERT | PROXY | USE_FEATURE | CONFIG_FILE | CACHE_DIR | NO_CACHE_DIR
       | TIMEOUT | DEFAULT_TIMEOUT | RETRIES | DISABLE_PIP_VERSION_CHECK )
    | (?i: npm_config_( registry | @.* | //.* | _auth.* | proxy | https_proxy | noproxy | strict_ssl
       | ca | cafile | cert | key | userconfig | globalconfig | cache | offline | prefer_offline
       | fetch_.* | maxsockets | loglevel ) )
    | PYTHON( UNBUFFERED | IOENCODING | UTF8 | FAULTHANDLER | BREAKPOINT | _GIL )
    | JSII_( RUNTIME_PACKAGE_CACHE_ROOT | SILENCE_.* )
    | CDK_( CA_BUNDLE_PATH | DISABLE_.* | DOCKER | HOME | NOTICES_TIMEOUT | PROXY | VERBOSE )
    | RUFF_( CACHE_DIR | NO_CACHE ) | HYPOTHESIS_STORAGE_DIRECTORY
    """,
    re.VERBOSE,
)
# What personal files, such as pip.conf, may say otherwise.
DECIDED = {
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_USER": "0",
    "UV_PRERELEASE": "if-necessary-or-explicit",
    "UV_PYTHON_DOWNLOADS": "never",
    "UV_RESOLUTION": "highest",
}
# A person's waiting time for new releases doesn't count, as what is pinned is to be installed; one
# that the team writes into pyproject.toml does.
COOLDOWN = "exclude-newer"
NO_COOLDOWN = {"UV_EXCLUDE_NEWER": "false"}
# npm's options, over those of a personal .npmrc.
NPM_CI = (
    *("--include=dev", "--no-global", "--no-dry-run", "--package-lock", "--prefer-offline"),
    *("--bin-links", "--min-release-age=0"),
)
# Of Node.js's options, those for memory and certificates; others load code, or aren't known to it.
NODE_OPTION = re.compile(r"--max-old-space-size=\d+|--use-(system|openssl|bundled)-ca")


class SetupError(Exception):
    """The environment can't be made; the message says what is missing and what to do."""


class Project:
    """A folder with a `pyproject.toml` whose environment and tasks this program manages."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.node_modules = root / "node_modules"
        self.bin = self.venv / ("Scripts" if WINDOWS else "bin")
        # Written last, so that what was cut off or moved is made anew.
        self.complete = self.venv / "complete.json"

    def program(self, name: str) -> Path:
        """Return the path of a program of the virtual environment, there or not."""
        return self.bin / (f"{name}.exe" if WINDOWS else name)

    def environment(self) -> dict[str, str]:
        """Return the variables that the environment's programs run with."""
        variables = {
            name: value
            for name, value in os.environ.items()
            # Many programs refuse an empty variable; for git it can be a choice.
            if (value or name.startswith("GIT_"))
            and (not STEERING.match(name) or PASSED_ON.fullmatch(name))
        }
        options = list(filter(NODE_OPTION.fullmatch, os.environ.get("NODE_OPTIONS", "").split()))
        variables |= {"NODE_OPTIONS": " ".join(options)} if options else {}
        variables |= DECIDED | ({} if self.has_cooldown() else NO_COOLDOWN)
        variables |= {
            "PYTHONIOENCODING": printable(os.environ.get("PYTHONIOENCODING", "")),
            "PATH": os.pathsep.join([str(self.bin), os.environ.get("PATH", "")]),
            "UV_PROJECT_ENVIRONMENT": str(self.venv),
            "VIRTUAL_ENV": str(self.venv),
        }
        return variables

    def refuse_folder(self) -> None:
        """Refuse a folder in which no task could run.

        Raises:
            SetupError: Its path has a character that ends or changes it for some program.
        """
        for character in UNUSABLE:
            if character in str(self.root):
                raise SetupError(
                    f"the path {self.root} contains {character}, so no task can run there: "
                    "move or rename the folder."
                )

    def has_cooldown(self) -> bool:
        """Return whether the project itself wants no releases that are newer than some date."""
        settings = self.root / "pyproject.toml"
        return settings.exists() and COOLDOWN in settings.read_text(encoding="utf-8")

    def set_up(self) -> None:
        """Install the versions that `pyproject.toml` and the lock file name.

        Raises:
            SetupError: An installer failed.
        """
        if not self.is_ready():
            # Its scripts name the folder and the interpreter that they were made for.
            shutil.rmtree(self.venv, ignore_errors=True)
        for folder in (self.venv, self.node_modules):
            # An installer would change, or empty, what a link leads to: another copy's environment.
            if folder.is_symlink():
                folder.unlink()
        self.complete.unlink(missing_ok=True)
        with_cli = (self.root / "package.json").exists()
        say(f"Setting up {self.root.name}; nothing outside this folder is installed. Downloads:")
        say("  .venv         Python packages, the AWS CDK and Node.js: about 1 GB once unpacked")
        if with_cli:
            say("  node_modules  the AWS CDK's command line: about 60 MB")
        with self.uv() as uv:
            self.run([uv, "sync", *self.sync_options()])
        if with_cli:
            quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
            self.run([self.program("npm"), "ci", *NPM_CI, *quiet])
        self.mark_complete()

    def mark_complete(self) -> None:
        """Note that the environment is complete, and what it was made for."""
        self.complete.write_text(json.dumps(self.identity()), encoding="utf-8")

    def identity(self) -> dict[str, str]:
        """Return what an environment is made for: a folder, an interpreter, and the tasks."""
        python = str(self.program("python").resolve())
        return {"root": str(self.root), "python": python, "tasks": TASKS}

    def is_ready(self) -> bool:
        """Return whether the environment is complete, and of this folder and its interpreter."""
        try:
            made_for = json.loads(self.complete.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return self.program("python").exists() and made_for == self.identity()

    def sync_options(self) -> list[str]:
        """Return uv's options: CI holds to the lock file, people may have changed what it locks."""
        locked = os.environ.get("CI") and (self.root / "uv.lock").exists()
        # Without bytecode, importing the CDK takes six times as long.
        return ["--python", BASE_PYTHON, "--compile-bytecode", *(["--locked"] if locked else [])]

    @contextmanager
    def uv(self) -> Iterator[Path]:
        """Give the pinned uv: the environment's own, or one that is installed for the moment."""
        if self.program("uv").exists():
            yield self.program("uv")
            return
        python = with_pip()
        if python is None:
            raise SetupError(
                f"{sys.executable} has no pip, which the first setup needs: install it (Debian and "
                "Ubuntu call it python3-pip), then run `dev.py setup` again."
            )
        pip = [python, "-m", "pip", "install", "--quiet", "--root-user-action=ignore"]
        hashed = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(UV)]
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            self.run([*pip, "--target", folder, *hashed])
            yield Path(folder, "bin", self.program("uv").name)

    def task(self, arguments: Sequence[str]) -> int:
        """Run a poe task, or list the tasks, and return the exit code.

        Raises:
            SetupError: The environment was missing and can't be made.
        """
        if not self.is_ready():
            self.set_up()
        poe: list[str | Path] = [self.program("python"), "-m", "poethepoet", "-q", "-C", self.root]
        return self.call([*poe, *arguments]) if WINDOWS else self.become([*poe, *arguments])

    def call(self, command: Sequence[str | Path]) -> int:
        """Run a command where the user is, and return its exit code."""
        return subprocess.run(command, env=self.environment(), check=False).returncode

    def become(self, command: Sequence[str | Path]) -> NoReturn:
        """Run a command in our place, so that signals that are meant for us reach it."""
        sys.stdout.flush()
        os.execve(command[0], tuple(command), self.environment())  # noqa: S606 - no shell is needed

    def run(self, command: Sequence[str | Path]) -> None:
        """Run an installer in the project's folder.

        Raises:
            SetupError: It isn't there, or it failed.
        """
        try:
            subprocess.run(command, cwd=self.root, env=self.environment(), check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SetupError(
                f"{error}\nNothing is broken: see the message above, then run `dev.py setup` again."
            ) from error


def printable(encoding: str) -> str:
    """Return Python's setting of an output that shows what it has no characters for as escapes."""
    name, _, errors = encoding.partition(":")
    return f"{name}:{errors or 'backslashreplace'}"


def with_pip() -> str | None:
    """Return an interpreter that has pip: this one or, as uv gives environments none, its base."""
    if find_spec("pip"):
        return sys.executable
    if sys.executable == BASE_PYTHON:
        return None
    check = [BASE_PYTHON, "-m", "pip", "--version"]
    found = subprocess.run(check, capture_output=True, check=False).returncode == 0
    return BASE_PYTHON if found else None


def say(line: str) -> None:
    """Print a line at once, in order with what the installers print."""
    print(line, flush=True)


def main(project: Project, arguments: Sequence[str], next_steps: Mapping[str, str]) -> int:
    """Run the task that the arguments name.

    Args:
        project: What the task belongs to.
        arguments: A task and its own arguments; none lists the tasks.
        next_steps: What to print after the set-up: task to what it does.

    Returns:
        The exit code.
    """
    if sys.version_info < OLDEST_PYTHON:
        needed = ".".join(map(str, OLDEST_PYTHON))
        print(f"Python {needed} or newer is needed, not {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    try:
        project.refuse_folder()
        if list(arguments[:1]) != ["setup"]:
            return project.task(arguments)
        if arguments[1:]:
            print("usage: python3 dev.py setup\n\nInstall what the tasks need into this folder.")
            return 0 if {"-h", "--help"}.issuperset(arguments[1:]) else MISUSED
        project.set_up()
    except SetupError as error:
        print(f"Set-up failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    say("Ready. Next:")
    for task, purpose in next_steps.items():
        say(f"  python3 dev.py {task:<8}{purpose}")
    return 0


if __name__ == "__main__":
    sys.exit(
        main(
            Project(Path(__file__).resolve().parent),
            sys.argv[1:],
            {"check": "prove the service: lint, types, tests, synthesis", "": "list every task"},
        )
    )
