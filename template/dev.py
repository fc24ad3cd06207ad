# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Run a task of this project in its virtual environment: `python3 dev.py TASK`.

`setup` creates the environment; the other tasks create it if it is missing. `python3 dev.py` lists
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
from typing import IO, NoReturn

if sys.platform != "win32":
    import fcntl

OLDEST_PYTHON = (3, 11)
WINDOWS = os.name == "nt"
# The base interpreter, also if a virtual environment is active.
BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
# The version of uv, and the hashes of its files.
UV = Path(__file__).resolve().parent / "tooling" / "uv.txt"
# The first release whose environments contain the kit; an older environment is created again.
TASKS = "2.0.0"
# Exit codes of shells, for a program that Ctrl-C stopped and for wrong usage.
INTERRUPTED, MISUSED = 130, 2

# Characters that a folder's path can't have: poe reads `$` as a variable, the other separates PATH.
UNUSABLE = ("$", os.pathsep)

# With variables that change installed, deployed or checked files, two laptops would differ. So of
# the variables of installers, checks, Python and the CDK (one for each of its options), only these
# are passed on: for access to the index, places of caches, and amount of output.
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
# Settings that override those of personal files, such as pip.conf.
DECIDED = {
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_USER": "0",
    "UV_PRERELEASE": "if-necessary",
    "UV_PYTHON_DOWNLOADS": "never",
    "UV_RESOLUTION": "highest",
}
# A personal cooldown for new releases is ignored, because the pins must be installed. A
# cooldown in pyproject.toml counts.
COOLDOWN = "exclude-newer"
NO_COOLDOWN = {"UV_EXCLUDE_NEWER": "false"}
# npm's options, which override those of a personal .npmrc.
NPM_CI = (
    *("--include=dev", "--no-global", "--no-dry-run", "--package-lock", "--prefer-offline"),
    *("--bin-links", "--min-release-age=0"),
)
# Node.js's allowed options, for memory and certificates; others load code, or are unknown to it.
NODE_OPTION = re.compile(r"--max-old-space-size=\d+|--use-(system|openssl|bundled)-ca")


class SetupError(Exception):
    """The environment can't be created; the message is the cause and the remedy."""


class Project:
    """A folder with a `pyproject.toml` whose environment and tasks this program manages."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.node_modules = root / "node_modules"
        self.bin = self.venv / ("Scripts" if WINDOWS else "bin")
        # Written last, so that an incomplete or moved environment is created again.
        self.complete = self.venv / "complete.json"

    def program(self, name: str) -> Path:
        """Return the path of a program in the virtual environment, whether or not it exists."""
        return self.bin / (f"{name}.exe" if WINDOWS else name)

    def environment(self) -> dict[str, str]:
        """Return the environment variables of programs in the virtual environment."""
        variables = {
            name: value
            for name, value in os.environ.items()
            # Many programs fail with an empty variable. For git it can be a setting.
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

    def reject_folder(self) -> None:
        """Reject a folder in which tasks can't run.

        Raises:
            SetupError: Its path has a character that some programs interpret.
        """
        for character in UNUSABLE:
            if character in str(self.root):
                raise SetupError(
                    f"the path {self.root} contains {character}, so no task can run there: "
                    "move or rename the folder."
                )

    def has_cooldown(self) -> bool:
        """Return whether the project's pyproject.toml excludes releases newer than a date."""
        settings = self.root / "pyproject.toml"
        return settings.exists() and COOLDOWN in settings.read_text(encoding="utf-8")

    def set_up(self) -> None:
        """Install the versions in `pyproject.toml` and the lock file.

        Raises:
            SetupError: An installer failed.
        """
        with alone(self.root / ".cache" / "setup.lock") as waited:
            if not (waited and self.is_ready()):
                self.install()

    def install(self) -> None:
        """Run the installers.

        Raises:
            SetupError: An installer failed.
        """
        if not self.is_ready():
            # Its scripts contain the paths of the folder and of the interpreter.
            shutil.rmtree(self.venv, ignore_errors=True)
        for folder in (self.venv, self.node_modules):
            # An installer would change or empty a link's target: the environment of another copy.
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
        """Write the file that marks the environment as complete, with its identity."""
        self.complete.write_text(json.dumps(self.identity()), encoding="utf-8")

    def identity(self) -> dict[str, str]:
        """Return the environment's identity: folder, interpreter, and release of the tasks."""
        python = str(self.program("python").resolve())
        return {"root": str(self.root), "python": python, "tasks": TASKS}

    def is_ready(self) -> bool:
        """Return whether the environment is complete, and made for this folder and interpreter."""
        try:
            made_for = json.loads(self.complete.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return self.program("python").exists() and made_for == self.identity()

    def sync_options(self) -> list[str]:
        """Return uv's options: in CI the lock file must be up to date, elsewhere uv updates it."""
        locked = os.environ.get("CI") and (self.root / "uv.lock").exists()
        # Without bytecode, importing the CDK takes six times as long.
        return ["--python", BASE_PYTHON, "--compile-bytecode", *(["--locked"] if locked else [])]

    @contextmanager
    def uv(self) -> Iterator[Path]:
        """Yield the pinned uv: the environment's, or one that is installed temporarily."""
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
            SetupError: The environment was missing and can't be created.
        """
        if not self.is_ready():
            self.set_up()
        poe: list[str | Path] = [self.program("python"), "-m", "poethepoet", "-q", "-C", self.root]
        return self.call([*poe, *arguments]) if WINDOWS else self.become([*poe, *arguments])

    def call(self, command: Sequence[str | Path]) -> int:
        """Run a command in the user's working directory, and return its exit code."""
        return subprocess.run(command, env=self.environment(), check=False).returncode

    def become(self, command: Sequence[str | Path]) -> NoReturn:
        """Replace this process by a command, so that the command receives its signals."""
        sys.stdout.flush()
        os.execve(command[0], tuple(command), self.environment())  # noqa: S606 - no shell is needed

    def run(self, command: Sequence[str | Path]) -> None:
        """Run an installer in the project's folder.

        Raises:
            SetupError: The installer doesn't exist or failed.
        """
        try:
            subprocess.run(command, cwd=self.root, env=self.environment(), check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SetupError(
                f"{error}\nNothing is broken: see the message above, then run `dev.py setup` again."
            ) from error


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Hold a lock, so that two set-ups at once don't remove each other's files.

    Args:
        path: The lock's file.

    Yields:
        Whether another process held it before.
    """
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        waited = not locked(file, wait=False)
        if waited:
            say("Waiting for another set-up of this folder.")
            locked(file, wait=True)
        yield waited


def locked(file: IO[bytes], *, wait: bool) -> bool:
    """Lock a file until it is closed, and return whether this was possible."""
    if sys.platform == "win32":
        return True  # on Windows, only uv and npm lock their files
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def printable(encoding: str) -> str:
    """Return the value of PYTHONIOENCODING that prints unsupported characters as escapes."""
    name, _, errors = encoding.partition(":")
    return f"{name}:{errors or 'backslashreplace'}"


def with_pip() -> str | None:
    """Return an interpreter with pip: this one, or its base, since uv's environments lack pip."""
    if find_spec("pip"):
        return sys.executable
    if sys.executable == BASE_PYTHON:
        return None
    check = [BASE_PYTHON, "-m", "pip", "--version"]
    found = subprocess.run(check, capture_output=True, check=False).returncode == 0
    return BASE_PYTHON if found else None


def say(line: str) -> None:
    """Print a line and flush it, so that it is in order with the installers' output."""
    print(line, flush=True)


def main(project: Project, arguments: Sequence[str], next_steps: Mapping[str, str]) -> int:
    """Run the task that the arguments name.

    Args:
        project: The task's project.
        arguments: A task and its arguments; none lists the tasks.
        next_steps: Tasks to print after the set-up, with their descriptions.

    Returns:
        The exit code.
    """
    if sys.version_info < OLDEST_PYTHON:
        needed = ".".join(map(str, OLDEST_PYTHON))
        print(f"Python {needed} or newer is needed, not {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    try:
        project.reject_folder()
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
    width = max(map(len, next_steps)) + 3
    for task, purpose in next_steps.items():
        say(f"  python3 dev.py {task:<{width}}{purpose}")
    return 0


if __name__ == "__main__":
    sys.exit(
        main(
            Project(Path(__file__).resolve().parent),
            sys.argv[1:],
            {"check": "check the service: lint, types, tests, synthesis", "": "list every task"},
        )
    )
