"""The launcher of `python3 dev.py update`: fetch a release and run its updater.

A release can therefore change how updates work. The contract between the launcher and the updaters
of later releases, since 1.6.0:

- **Location.** The template's repository contains `migrations/release.toml`. Its table `[updater]`
  names a module (`module`) and the folder from which Python imports it (`path`). The module's
  requirements are listed with hashes in `migrations/requirements.txt`.
- **Command.** `python -P -m MODULE --root SERVICE --template CLONE ARGUMENTS`, in the service's
  folder. CLONE is a clone of the template with its whole history and the release checked out.
  PYTHONPATH contains `path` and the clone. ARGUMENTS are the user's: `--continue`, `--abort`,
  `--draft`, `--pretend`, `--replace NAME`, and Copier's options, without `--vcs-ref`,
  `--prereleases` and `--unreleased`, which the launcher handles.
- **Verification.** `update.authenticity` verifies the release and the service's recorded version
  before any code of the template runs. `--unreleased` omits this for developers of the template.
  The workflow never uses it.
- **Exit codes.** 0: done, or nothing to do. 1: rejected, nothing was changed. 3: work is left.
  130: interrupted.
- **State.** The updater writes below `.cache/update`. The file `.cache/update/branch` is created
  before the first change, and exists until the update is finished or undone. As long as it exists,
  the launcher keeps the clone and the environment in `.cache/updater`, and `--continue` and
  `--abort` run the updater that was started. A finished update leaves `.cache/update/summary.md`.
- **Concurrency.** The launcher runs one command at a time for each service.

A release without `migrations/release.toml` is older than 1.6.0. The service's installed updater
updates to it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

# Copier's rules for URLs and for the newest release, which have no public functions.
from copier._vcs import get_latest_tag, get_repo
from uv import find_uv_bin

from aws_service_kit.dev.file_lock import locked
from aws_service_kit.update import answers
from aws_service_kit.update.authenticity import origin_of, verify
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import VERBATIM, Git
from aws_service_kit.update.release import REQUIREMENTS, Release
from aws_service_kit.update.service import inspect
from aws_service_kit.update.update_state import CONTINUE, UNDO, UpdateFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aws_service_kit.update.authenticity import Origin
    from aws_service_kit.update.service import ServiceCheckout

FOLDER = Path(".cache", "updater")
INSTALLED_UPDATER = "aws_service_kit.update.updater"
CURRENT = ":current:"  # Copier's name for the service's version
REJECTED, INTERRUPTED = 1, 130


class ReleaseFolder:
    """The folder of an update: the release's clone, and its updater's environment.

    Args:
        root: The service's folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / FOLDER
        self.clone = self.folder / "template"
        self._environment = self.folder / "environment"
        self._command = self.folder / "command.json"

    def fetch(
        self,
        service: ServiceCheckout,
        origin: Origin | None,
        version: str | None,
        *,
        prereleases: bool,
        verifies: Callable[[Git, str, ServiceCheckout, Origin], None] = verify,
    ) -> None:
        """Clone the template, verify a release and check it out.

        Args:
            service: The service with its template and version.
            origin: The source of releases; None accepts a version that isn't a release.
            version: A tag, branch or commit; None for the newest release.
            prereleases: Whether the newest release may be a prerelease.
            verifies: Verifies the version.

        Raises:
            UpdateError: The template can't be reached, has no such version, or it isn't authentic.
        """
        self.clear()
        self.folder.mkdir(parents=True)
        url = get_repo(service.template) or service.template
        git = Git(self.folder, *VERBATIM)
        try:
            git("clone", "--quiet", "--no-checkout", "--", url, self.clone)
        except UpdateError as error:
            raise UpdateError(
                f"The template can't be reached at {service.template}: {error}\n"
                "Nothing was changed."
            ) from None
        git = Git(self.clone, *VERBATIM)
        wanted = service.commit if version == CURRENT else version
        wanted = wanted or get_latest_tag(str(self.clone), prereleases)
        commit = _commit(git, wanted)
        if commit is None:
            raise UpdateError(f"The template has no version {wanted}. Nothing was changed.")
        if origin:
            verifies(git, wanted, service, origin)
        git("checkout", "--quiet", "--detach", commit)

    def prepare(self) -> None:
        """Create the environment of the release's updater, and save the updater's command.

        Raises:
            UpdateError: The environment can't be created.
        """
        release = Release.read(self.clone)
        if release is None:
            command, path = (
                [sys.executable, "-m", INSTALLED_UPDATER],
                [os.environ.get("PYTHONPATH", "")],
            )
        else:
            command = [str(self._install()), "-P", "-m", release.module]
            path = [str(self.clone / release.path), str(self.clone)]
        command += ["--root", str(self.root), "--template", str(self.clone)]
        content = {"command": command, "path": os.pathsep.join(path)}
        self._command.write_text(json.dumps(content), encoding="utf-8")

    def run(self, arguments: Sequence[str], lock: int | None) -> int:
        """Run the prepared or else the installed updater, and return its exit code."""
        command = [sys.executable, "-m", INSTALLED_UPDATER, "--root", str(self.root)]
        path = os.environ.get("PYTHONPATH", "")
        if self._command.exists():
            content = json.loads(self._command.read_text(encoding="utf-8"))
            command, path = content["command"], content["path"]
        # Ctrl-C also interrupts the updater, which reports how to undo the update.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            return subprocess.run(  # noqa: S603 - the updater, with the user's options
                [*command, *arguments],
                cwd=self.root,
                env={**os.environ, "PYTHONPATH": path},
                pass_fds=() if lock is None else (lock,),
                check=False,
            ).returncode
        finally:
            signal.signal(signal.SIGINT, before)

    def clear(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _install(self) -> Path:
        place, needed = str(self._environment), str(self.clone / REQUIREMENTS)
        self._uv("venv", "--python", sys.executable, place)
        self._uv("pip", "sync", "--require-hashes", "--python", place, needed)
        programs = "Scripts" if os.name == "nt" else "bin"
        return self._environment / programs / Path(sys.executable).name

    def _uv(self, *arguments: str) -> None:
        result = subprocess.run(  # noqa: S603 - uv, with this module's arguments
            [find_uv_bin(), *arguments, "--quiet"],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise UpdateError(
                "The requirements of the release's updater can't be installed: "
                f"{result.stderr.strip()}\nNothing was changed."
            )


def main(arguments: Sequence[str], root: Path) -> int:
    """Update to a release by the release's updater; print errors to stderr.

    Args:
        arguments: The command line's arguments.
        root: The service's folder.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for step in ("--continue", "--abort", "--help", "-h"):
        parser.add_argument(step, action="store_true")
    asked, _ = parser.parse_known_args(arguments)
    steps = {name for name, given in vars(asked).items() if given}
    download, place = ReleaseFolder(root), UpdateFolder(root)
    try:
        with exclusive(root) as lock:
            try:
                return _launch(download, place, arguments, steps, lock)
            finally:
                if not place.busy:
                    download.clear()
    except UpdateError as error:
        print(f"error: {error}", file=sys.stderr)
        return REJECTED
    except KeyboardInterrupt:
        print("Interrupted. Nothing was changed.", file=sys.stderr)
        return INTERRUPTED


def _launch(
    download: ReleaseFolder,
    place: UpdateFolder,
    arguments: Sequence[str],
    steps: set[str],
    lock: int | None,
) -> int:
    if place.busy and not steps:
        raise UpdateError(f"An update is in progress. Continue it: {CONTINUE}\nUndo it: {UNDO}")
    if place.busy:
        return download.run(arguments, lock)
    if steps:
        fetched = download.folder.exists()
        download.clear()
        if fetched and steps == {"abort"}:
            print("The update had only fetched the release, which is removed.")
            return 0
        return download.run(arguments, lock)
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-r", "--vcs-ref")
    parser.add_argument("-g", "--prereleases", action="store_true")
    parser.add_argument("--unreleased", action="store_true")
    asked, others = parser.parse_known_args(arguments)
    service = inspect(download.root)
    answers.asks(others)
    origin = origin_of(service)
    if asked.unreleased:
        print("--unreleased: the template's code isn't verified to be a release.", file=sys.stderr)
    download.fetch(
        service,
        None if asked.unreleased else origin,
        asked.vcs_ref,
        prereleases=asked.prereleases,
    )
    download.prepare()
    return download.run(others, lock)


@contextmanager
def exclusive(root: Path) -> Iterator[int | None]:
    """Lock the service against concurrent update commands.

    The lock is on the service's folder, so there is no lock file. The updater inherits the lock and
    holds it as long as it runs.

    Raises:
        UpdateError: Another command is running.
    """
    with ExitStack() as stack:
        try:
            lock = stack.enter_context(locked(root, wait=False))
        except BlockingIOError:
            raise UpdateError(
                "Another update of this service is running: wait until it ends, or stop it with "
                "Ctrl-C."
            ) from None
        yield lock


def _commit(git: Git, version: str) -> str | None:
    """Return the commit of a tag, branch or commit id, with Copier's rules."""
    for name in (version, f"refs/remotes/origin/{version}"):
        arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if git.succeeds(*arguments):
            return git(*arguments).strip()
    return None
