"""Rejects services that can't be updated: services that are too old, and copies without history.

A service that is too old must update to an earlier release first. From 1.6.0 on, the release's
updater rejects it. This module rejects it in Copier's update, which the updaters of older services
run too. If a release moves files, Copier without the updater would delete files that a team has
edited.

Copier stores no version for a copy of the template without history, such as an unpacked ZIP.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from copier.errors import UserMessageError
from copier_template_extensions import ContextHook

RELEASE = Path("migrations", "release.toml")
ANSWERS = ".copier-answers.yml"
NO_HISTORY = (
    "This copy of the template has no history, so a service made from it couldn't be updated: "
    "copy from the repository's URL, as README.md shows"
)
# Set by the release's updater (aws_service_kit.update.pristine), which merges Copier's output.
UPDATER = "AWS_SERVICE_TEMPLATE_UPDATER"
COPIER_ALONE = (
    "Copier alone would delete your edits of files that this release moves: python3 dev.py update"
)
# Accepts changes by formatters: quotes, spaces, a comment.
COMMIT = re.compile(r"^_commit: +([\"']?)(?P<commit>[^\s\"'#]+)\1 *(#.*)?$", re.MULTILINE)


class Updates(ContextHook):
    """Reads the version from which the service was made, before files are rendered."""

    made_from: str | None = None
    rejection: str | None = None

    def hook(self, context: dict[str, Any]) -> None:
        """Add that version to the context as `made_from`, which is empty without a service.

        Raises:
            UserMessageError: The service is rejected. It is raised each time, because Copier
                interprets the first ones as an invalid answer.
        """
        if self.made_from is None:
            places = context["_copier_conf"]
            self.made_from = commit_of(Path(places["dst_path"]))
            self.rejection = rejection_of(
                self.made_from, Path(places["src_path"]), places["vcs_ref_hash"]
            )
        if self.rejection:
            raise UserMessageError(self.rejection)
        context["made_from"] = self.made_from


def rejection_of(made_from: str, template: Path, commit: str | None) -> str | None:
    """Return why the service can't be made or updated, and what to do; None if it can.

    Args:
        made_from: The version from which the service was made; empty without a service.
        template: The template's folder.
        commit: The commit that is checked out there; None without history.
    """
    oldest = updates_from(template)
    if oldest and is_older(made_from, oldest):
        return (
            f"This release updates from {oldest} on: update to that release first: "
            f"python3 dev.py update --vcs-ref v{oldest}"
        )
    moved = moved_in(template)
    if moved and is_older(made_from, moved) and UPDATER not in os.environ:
        return COPIER_ALONE
    # A template without releases is a part of it that a test renders.
    return NO_HISTORY if oldest and not commit else None


def commit_of(service: Path) -> str:
    """Read the version from which a service was made; empty without a service."""
    file = service / ANSWERS
    # Not by `_external_data`: its path is rendered, and Copier warns if the file is missing.
    found = COMMIT.search(file.read_text(encoding="utf-8")) if file.is_file() else None
    return found["commit"] if found else ""


def updates_from(template: Path) -> str | None:
    """Read the oldest release that the template updates from, if it names one."""
    oldest: str | None = _release(template).get("updates_from")
    return oldest


def moved_in(template: Path) -> str | None:
    """Read the last release that moved files; None without one."""
    moves = (each for each in _release(template).get("migrations", []) if each.get("before_merge"))
    return max((each["release"] for each in moves), key=_parts, default=None)


def is_older(commit: str, release: str) -> bool:
    """Return whether a version, as Copier stores it, is older than a release; a hash isn't."""
    numbers = re.match(r"v?(\d+(?:\.\d+)+)", commit)
    return numbers is not None and _parts(numbers[1]) < _parts(release)


def _release(template: Path) -> dict[str, Any]:
    file = template / RELEASE
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
