"""Services that are too old for a release are refused: they take an earlier one first.

From 1.6.0 on a service's updater refuses by itself. This is for Copier's own update, which the
updaters of older services run too.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from copier.errors import UserMessageError
from copier_template_extensions import ContextHook

RELEASE = Path("migrations", "release.toml")
ANSWERS = ".copier-answers.yml"
COMMIT = re.compile(r"^_commit: (\S+)$", re.MULTILINE)


class Updates(ContextHook):
    """Knows which version the service was made from, before anything is rendered."""

    made_from: str | None = None
    oldest: str | None = None

    def hook(self, context: dict[str, Any]) -> None:
        """Give that version to templates as `made_from`, which is empty without a service.

        Raises:
            UserMessageError: The service has to take another release first. It is raised each
                time, since Copier takes the first ones for an answer that isn't valid any more.
        """
        if self.made_from is None:
            places = context["_copier_conf"]
            self.made_from = commit_of(Path(places["dst_path"]))
            self.oldest = updates_from(Path(places["src_path"]))
        if self.oldest and is_older(self.made_from, self.oldest):
            raise UserMessageError(
                f"This release updates from {self.oldest} on: first take it: "
                f"python3 dev.py update --vcs-ref v{self.oldest}"
            )
        context["made_from"] = self.made_from


def commit_of(service: Path) -> str:
    """Read the version that a service was made from, if there is a service yet."""
    file = service / ANSWERS
    # Not by `_external_data`, whose path is itself rendered, and which warns of a missing file.
    found = COMMIT.search(file.read_text(encoding="utf-8")) if file.is_file() else None
    return found[1] if found else ""


def updates_from(template: Path) -> str | None:
    """Read the oldest release that the template updates from, if it names one."""
    file = template / RELEASE
    if not file.is_file():
        return None
    oldest: str = tomllib.loads(file.read_text(encoding="utf-8"))["updates_from"]
    return oldest


def is_older(commit: str, release: str) -> bool:
    """Return whether a version, as Copier records it, comes before a release; a hash doesn't."""
    numbers = re.match(r"v?(\d+(?:\.\d+)+)", commit)
    return numbers is not None and _parts(numbers[1]) < _parts(release)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
