"""What the template changes: the service as nobody has edited it, before and after the update.

Copier merges edits by patches and deletes edited files that a template drops. So it never sees the
team's edits: it updates a pristine copy, and the difference is left to git's own three-way merge.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import yaml
from copier._vcs import get_repo

from aws_service_kit.update.errors import UNTOUCHED, UpdateError, reason
from aws_service_kit.update.git import VERBATIM, Git, configured, environment
from aws_service_kit.update.service import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from aws_service_kit.update.service import Service


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
        """Git in the service's folder, without a person's settings."""
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

    def commit(self, message: str) -> str:
        """Commit what lies there, ignored or not, and give the commit."""
        self.git("add", "--all", "--force", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD").strip()


def render(
    service: Service,
    folder: Path,
    options: Sequence[str] = (),
    answers: Mapping[str, object] | None = None,
) -> Pristine:
    """Make a service as it was once made, and have Copier update it.

    Args:
        service: The service, of which only the recorded answers count.
        folder: A folder to work in, which must not exist.
        options: Options for `copier update`, such as `--defaults`.
        answers: Answers over the recorded ones.

    Raises:
        UpdateError: The template can't be reached, or Copier refuses. Nothing was changed.
    """
    home = folder / service.prefix
    copy(service, service.commit, service.answers, home)
    pristine = Pristine(folder, home, "", "", service.commit, "")
    pristine.git("init", "--quiet", f"--object-format={service.object_format}", folder)
    base = pristine.commit(service.commit)
    with _written(answers or {}, folder.parent) as given:
        _copier(service, "update", "--trust", "--quiet", *options, *given, str(home))
    after = str(recorded(home)["_commit"])
    return replace(pristine, base=base, target=pristine.commit(after), after=after)


def copy(service: Service, version: str, answers: Mapping[str, object], folder: Path) -> None:
    """Make a service anew in a folder that doesn't exist yet.

    Raises:
        UpdateError: The template can't be reached, or hasn't this version. Nothing was changed.
    """
    folder.mkdir(parents=True)
    options = ("--trust", "--defaults", "--quiet", "--vcs-ref", version)
    with _written(answers, folder.parent) as given:
        _copier(service, "copy", *options, *given, service.template, str(folder))


def recorded(home: Path) -> dict[str, Any]:
    """Read what Copier recorded of a service: answers, and with an underscore the rest."""
    content: dict[str, Any] = yaml.safe_load((home / ANSWERS).read_text(encoding="utf-8"))
    return content


@contextmanager
def _written(answers: Mapping[str, object], folder: Path) -> Iterator[tuple[str, ...]]:
    """Give the options by which Copier reads answers, from a file in a folder for the moment."""
    file = folder / "answers.yml"
    file.write_text(yaml.safe_dump(dict(answers), allow_unicode=True), encoding="utf-8")
    try:
        yield ("--data-file", str(file))
    finally:
        file.unlink()


def _copier(service: Service, *arguments: str) -> None:
    """Run Copier, which may ask questions.

    Raises:
        UpdateError: It fails.
    """
    result = subprocess.run(  # noqa: S603 - Copier, with the user's own options
        [sys.executable, "-P", "-m", "copier", *arguments],
        # Copier warns that its own empty folders hold no answers.
        env={**_reading(service), "PYTHONWARNINGS": "ignore"},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise UpdateError(
            f"`copier {arguments[0]}` of {service.template} failed: {reason(result.stderr)}\n"
            f"{UNTOUCHED}"
        )


def _reading(service: Service) -> dict[str, str]:
    """Give the variables by which git, and so Copier, takes the clone for the template.

    So what is rendered is what was fetched, though Copier records where the template is. Copier's
    own repositories borrow objects of the service, so they have the same format.
    """
    variables = {
        **environment(*VERBATIM),
        "GIT_DEFAULT_HASH": service.object_format,
        # The template refuses Copier alone where files move (extensions/updates.py).
        "AWS_SERVICE_TEMPLATE_UPDATER": "1",
    }
    if service.clone is None:
        return variables
    variables["COPIER_CACHE_DIR"] = str(service.clone.parent / "mirrors")
    url = get_repo(service.template) or service.template
    return configured(variables, f"url.{service.clone}.insteadOf", url)
