# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What the template changes: the service as nobody has edited it, before and after the update.

Copier merges edits by patches and deletes edited files that a template drops. So it never sees the
team's edits: it updates a pristine copy, and the difference is left to git's own three-way merge.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import yaml

from tooling.update.errors import UpdateError
from tooling.update.git import Git
from tooling.update.service import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tooling.update.service import Service

# As it is rendered, whatever the user's settings are.
VERBATIM = (
    "user.name=template",
    "user.email=template@localhost",
    "commit.gpgsign=false",
    "core.autocrlf=false",
)
UNTOUCHED = "Nothing was changed."


@dataclass(frozen=True)
class Pristine:
    """A service that nobody has edited, as the template once made it and as it makes it now.

    Attributes:
        folder: A repository of its own.
        home: The service's folder in it.
        base: The commit of what the template once made.
        target: The commit of what it makes now, on top of it.
        before: The template's version of `base`.
        after: The template's version of `target`.
    """

    folder: Path
    home: Path
    base: str
    target: str
    before: str
    after: str

    @property
    def git(self) -> Git:
        """Git in the service's folder, without the user's settings."""
        return Git(self.home, *VERBATIM)

    @property
    def answers(self) -> dict[str, Any]:
        """The answers that lie there, and what Copier records beside them."""
        answers: dict[str, Any] = yaml.safe_load((self.home / ANSWERS).read_text(encoding="utf-8"))
        return answers

    def changed(self) -> list[str]:
        """List the paths that the template changes."""
        options = ("--name-only", "--no-renames", "-z", "--relative")
        return self.git.names("diff", *options, self.base, self.target)

    def has(self, path: str) -> bool:
        """Tell whether the template once made a path."""
        return self.git.succeeds("cat-file", "-e", f"{self.base}:./{path}")

    def commit(self, message: str) -> str:
        """Commit what lies there, ignored or not, and give the commit."""
        self.git("add", "--all", "--force", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD").strip()


def render(service: Service, folder: Path, options: Sequence[str] = ()) -> Pristine:
    """Make a service as it was once made, and have Copier update it.

    Args:
        service: The service, of which only the recorded answers count.
        folder: A folder to work in, which must not exist.
        options: Options for `copier update`, such as `--defaults`.

    Raises:
        UpdateError: The template can't be reached, or Copier refuses. Nothing was changed.
    """
    home = folder / service.prefix
    copy(service, service.commit, service.answers, home)
    pristine = Pristine(folder, home, "", "", service.commit, "")
    pristine.git("init", "--quiet", folder)
    base = pristine.commit(service.commit)
    _copier(service.template, "update", "--trust", "--quiet", *options, str(home))
    after = str(pristine.answers["_commit"])
    return replace(pristine, base=base, target=pristine.commit(after), after=after)


def copy(service: Service, version: str, answers: Mapping[str, object], folder: Path) -> None:
    """Make a service anew in a folder that doesn't exist yet.

    Raises:
        UpdateError: The template can't be reached, or hasn't this version. Nothing was changed.
    """
    folder.mkdir(parents=True)
    recorded = folder.parent / "answers.yml"
    recorded.write_text(yaml.safe_dump(dict(answers), allow_unicode=True), encoding="utf-8")
    options = ("--trust", "--defaults", "--quiet", "--vcs-ref", version, "--data-file", recorded)
    _copier(service.template, "copy", *map(str, options), service.template, str(folder))
    recorded.unlink()


def newer_version(service: Service) -> bool:
    """Tell whether the template has a newer release.

    Raises:
        UpdateError: The template can't be reached. Nothing was changed.
    """
    command = [sys.executable, "-m", "copier", "check-update", "--quiet", str(service.root)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode not in {0, 2}:
        raise UpdateError(
            f"The template can't be reached at {service.template}: {_last_line(result.stderr)}\n"
            f"{UNTOUCHED}"
        )
    return result.returncode == 2  # noqa: PLR2004 - what Copier documents


def _copier(template: str, *arguments: str) -> None:
    """Run Copier, which may ask questions.

    Raises:
        UpdateError: It fails; what it says last tells why.
    """
    result = subprocess.run(  # noqa: S603 - Copier, with the user's own options
        [sys.executable, "-m", "copier", *arguments],
        # Copier warns that its own empty folders hold no answers.
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        said = _last_line(result.stderr)
        raise UpdateError(f"`copier {arguments[0]}` of {template} failed: {said}\n{UNTOUCHED}")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it doesn't say why"])[-1].strip()
