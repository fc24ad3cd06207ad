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
from copier._vcs import get_repo

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
        """The answers that lie there."""
        return {name: value for name, value in recorded(self.home).items() if name[0] != "_"}

    @property
    def unchanged(self) -> bool:
        """The template makes now what it once made."""
        return self.git.succeeds("diff", "--quiet", self.base, self.target)

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
    _copier(service, "update", "--trust", "--quiet", *options, str(home))
    after = str(recorded(home)["_commit"])
    return replace(pristine, base=base, target=pristine.commit(after), after=after)


def copy(service: Service, version: str, answers: Mapping[str, object], folder: Path) -> None:
    """Make a service anew in a folder that doesn't exist yet.

    Raises:
        UpdateError: The template can't be reached, or hasn't this version. Nothing was changed.
    """
    folder.mkdir(parents=True)
    given = folder.parent / "answers.yml"
    given.write_text(yaml.safe_dump(dict(answers), allow_unicode=True), encoding="utf-8")
    options = ("--trust", "--defaults", "--quiet", "--vcs-ref", version, "--data-file", given)
    _copier(service, "copy", *map(str, options), service.template, str(folder))
    given.unlink()


def recorded(home: Path) -> dict[str, Any]:
    """Read what Copier recorded of a service: answers, and with an underscore the rest."""
    content: dict[str, Any] = yaml.safe_load((home / ANSWERS).read_text(encoding="utf-8"))
    return content


def _copier(service: Service, *arguments: str) -> None:
    """Run Copier, which may ask questions.

    Raises:
        UpdateError: It fails; what it says last tells why.
    """
    result = subprocess.run(  # noqa: S603 - Copier, with the user's own options
        [sys.executable, "-P", "-m", "copier", *arguments],
        # Copier warns that its own empty folders hold no answers.
        env={**os.environ, "PYTHONWARNINGS": "ignore", **_reading(service)},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        said = _last_line(result.stderr)
        raise UpdateError(
            f"`copier {arguments[0]}` of {service.template} failed: {said}\n{UNTOUCHED}"
        )


def _reading(service: Service) -> dict[str, str]:
    """Give the variables by which git, and so Copier, takes the clone for the template.

    So what is rendered is what was fetched, though Copier records where the template is.
    """
    if service.clone is None:
        return {}
    number = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    return {
        "COPIER_CACHE_DIR": str(service.clone.parent / "mirrors"),
        "GIT_CONFIG_COUNT": str(number + 1),
        f"GIT_CONFIG_KEY_{number}": f"url.{service.clone}.insteadOf",
        f"GIT_CONFIG_VALUE_{number}": get_repo(service.template) or service.template,
    }


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it doesn't say why"])[-1].strip()
