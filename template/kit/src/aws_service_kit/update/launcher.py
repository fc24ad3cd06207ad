"""The launcher of `python3 dev.py update`: it fetches a release and runs that release's updater.

So a release can change how updates work. The contract between a launcher and the updaters of later
releases, from 1.6.0 on:

- **Where the updater is.** The template's repository holds `migrations/release.toml`. Its table
  `[updater]` names a module (`module`) and the folder of the repository in which Python finds it
  (`path`). What the module needs is listed with hashes in `migrations/requirements.txt`.
- **How it is run.** `python -P -m MODULE --root SERVICE --template CLONE ARGUMENTS`, in the
  service's folder. CLONE is a clone of the template with its whole history, and the release is
  checked out there. PYTHONPATH holds `path` and the clone itself. ARGUMENTS are the user's:
  `--continue`, `--abort`, `--draft`, `--pretend`, `--replace NAME`, and options of Copier, but not
  `--vcs-ref`, `--prereleases` and `--unreleased`, which the launcher has read.
- **What is verified first.** No code of the template runs before `update.authenticity` has
  verified the release and the version that the service records. `--unreleased` omits that for
  people who work on the template; the workflow never uses it.
- **Exit codes.** 0: done, or nothing to do. 1: refused, nothing was changed. 3: work is left.
  130: interrupted.
- **State.** The updater writes below `.cache/update`. While an update is under way, from before
  its first change until it is finished or undone, `.cache/update/branch` exists. That long the
  launcher keeps clone and environment in `.cache/updater`, and `--continue` and `--abort` run the
  updater that began. A finished update leaves `.cache/update/summary.md`.
- **Alone.** Of the commands of one service, one runs at a time. The launcher sees to that.

A release without `migrations/release.toml` is older than 1.6.0: the service's own updater takes it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

# Copier's own rules for URLs and for the newest release, of which it has no public functions.
from copier._vcs import get_latest_tag, get_repo
from uv import find_uv_bin

from aws_service_kit.update.authenticity import origin_of, verify
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import VERBATIM, Git
from aws_service_kit.update.release import REQUIREMENTS, Release
from aws_service_kit.update.service import inspect
from aws_service_kit.update.session import Workplace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_service_kit.update.authenticity import Origin
    from aws_service_kit.update.service import Service

FOLDER = Path(".cache", "updater")
OWN_MODULE = "aws_service_kit.update.updater"
CURRENT = ":current:"  # Copier's word for the version that a service has
REFUSED, INTERRUPTED = 1, 130
UNDO = "python3 dev.py update --abort"
GO_ON = "python3 dev.py update --continue"


class Launchpad:
    """The folder of a release that is being taken: the clone, and its updater's environment.

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
        self, service: Service, origin: Origin | None, version: str | None, *, prereleases: bool
    ) -> None:
        """Clone the template, and check a release out once it is verified.

        Args:
            service: The service, which knows its template.
            origin: Where releases come from; None takes a version that isn't one.
            version: A tag, branch or commit; None is the newest release.
            prereleases: Whether that may be a prerelease.

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
            verify(git, wanted, service, origin)
        git("checkout", "--quiet", "--detach", commit)

    def prepare(self) -> None:
        """Make what the release's updater needs, and note how to run it.

        Raises:
            UpdateError: The environment can't be made.
        """
        release = Release.read(self.clone)
        if release is None:
            command, path = [sys.executable, "-m", OWN_MODULE], [os.environ.get("PYTHONPATH", "")]
        else:
            command = [str(self._install()), "-P", "-m", release.module]
            path = [str(self.clone / release.path), str(self.clone)]
        command += ["--root", str(self.root), "--template", str(self.clone)]
        noted = {"command": command, "path": os.pathsep.join(path)}
        self._command.write_text(json.dumps(noted), encoding="utf-8")

    def run(self, arguments: Sequence[str], lock: int | None) -> int:
        """Run the updater that was prepared, or the service's own, and return its exit code."""
        command = [sys.executable, "-m", OWN_MODULE, "--root", str(self.root)]
        path = os.environ.get("PYTHONPATH", "")
        if self._command.exists():
            noted = json.loads(self._command.read_text(encoding="utf-8"))
            command, path = noted["command"], noted["path"]
        # Ctrl-C reaches the updater too, which ends by itself and reports how to undo.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            return subprocess.run(  # noqa: S603 - the updater, with the user's own options
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
        result = subprocess.run(  # noqa: S603 - uv, with arguments of this module's own
            [find_uv_bin(), *arguments, "--quiet"],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise UpdateError(
                f"What the release's updater needs can't be installed: {result.stderr.strip()}\n"
                "Nothing was changed."
            )


def main(arguments: Sequence[str], root: Path) -> int:
    """Take a release by its own updater, or report on stderr why not.

    Args:
        arguments: The user's.
        root: The service's folder.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for step in ("--continue", "--abort", "--help", "-h"):
        parser.add_argument(step, action="store_true")
    asked, _ = parser.parse_known_args(arguments)
    steps = {name for name, given in vars(asked).items() if given}
    pad, place = Launchpad(root), Workplace(root)
    try:
        with _alone(root) as lock:
            try:
                return _launch(pad, place, arguments, steps, lock)
            finally:
                if not place.busy:
                    pad.clear()
    except UpdateError as error:
        print(f"error: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("Interrupted before anything was begun.", file=sys.stderr)
        return INTERRUPTED


def _launch(
    pad: Launchpad, place: Workplace, arguments: Sequence[str], steps: set[str], lock: int | None
) -> int:
    if place.busy and not steps:
        raise UpdateError(f"An update was begun already. Go on: {GO_ON}\nDrop it: {UNDO}")
    if place.busy:
        return pad.run(arguments, lock)
    if steps:
        begun = pad.folder.exists()
        pad.clear()
        if begun and steps == {"abort"}:
            print("The update had only fetched the release; that is removed.")
            return 0
        return pad.run(arguments, lock)
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-r", "--vcs-ref")
    parser.add_argument("-g", "--prereleases", action="store_true")
    parser.add_argument("--unreleased", action="store_true")
    asked, others = parser.parse_known_args(arguments)
    service = inspect(pad.root)
    origin = origin_of(service)
    if asked.unreleased:
        print("--unreleased: the template's code isn't verified to be a release.", file=sys.stderr)
    pad.fetch(
        service,
        None if asked.unreleased else origin,
        asked.vcs_ref,
        prereleases=asked.prereleases,
    )
    pad.prepare()
    return pad.run(others, lock)


@contextmanager
def _alone(root: Path) -> Iterator[int | None]:
    """Let no other command of this service's updates run at the same time.

    The lock is on the folder itself, so nothing is left of it; the updater inherits it, so it
    holds even if only that is left running.

    Raises:
        UpdateError: Another one runs.
    """
    if sys.platform == "win32":  # folders can't be opened there
        yield None
        return
    import fcntl  # noqa: PLC0415 - not everywhere

    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(folder)
        raise UpdateError(
            "An update of this service is running: wait for its end, or stop it by Ctrl-C there."
        ) from None
    try:
        yield folder
    finally:
        os.close(folder)


def _commit(git: Git, version: str) -> str | None:
    """Find the commit of a tag, branch or commit, as Copier does."""
    for name in (version, f"refs/remotes/origin/{version}"):
        arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if git.succeeds(*arguments):
            return git(*arguments).strip()
    return None
