"""A release's description for updates: `migrations/release.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "migrations"
FILE = Path(FOLDER, "release.toml")
REQUIREMENTS = Path(FOLDER, "requirements.txt")
CHANGES = "CHANGELOG.md"
PATCH = ".patch"


@dataclass(frozen=True)
class Migration:
    """A release's change of files that the team owns.

    Attributes:
        name: The migration's name.
        release: The release that introduces it.
        summary: Its effect, in one line.
        file: A patch, or a program in Python.
        before_merge: It also changes the pristine copy, before the merge.
        new_services_only: The reason why existing services aren't changed; empty if they are.
    """

    name: str
    release: str
    summary: str
    file: Path
    before_merge: bool = False
    new_services_only: str = ""

    @property
    def is_patch(self) -> bool:
        """Whether it is a patch of scaffolded files instead of a program."""
        return self.file.suffix == PATCH

    @property
    def template(self) -> Path:
        """The clone of the template that contains it."""
        return self.file.parents[2]


@dataclass(frozen=True)
class Release:
    """A release's description.

    Attributes:
        number: The version that services record, such as `1.6.0`.
        path: The folder from which Python imports the updater.
        module: The updater's module.
        migrations: The migrations up to this release, in the order of their execution.
        changes: The template's changelog.
    """

    number: str
    path: str
    module: str
    migrations: tuple[Migration, ...]
    changes: str = ""

    @classmethod
    def read(cls, template: Path) -> Release | None:
        """Return the description in a clone of the template; None before 1.6.0."""
        file = template / FILE
        if not file.exists():
            return None
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        changes = template / CHANGES
        return cls(
            number=content["release"],
            path=content["updater"]["path"],
            module=content["updater"]["module"],
            migrations=tuple(
                _migration(file.parent, each) for each in content.get("migrations", [])
            ),
            changes=changes.read_text(encoding="utf-8") if changes.exists() else "",
        )

    def after(self, applied: str | None) -> tuple[Migration, ...]:
        """Return the migrations that a service still needs.

        Args:
            applied: The release up to which they were applied; None before 1.6.0.
        """
        oldest = numbers(applied or "0")
        return tuple(
            each
            for each in self.migrations
            if numbers(each.release) > oldest and not each.new_services_only
        )


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version; `v1.2.0-3-gabcdef` has those of 1.2.0."""
    return tuple(map(int, re.findall(r"\d+", version.partition("-")[0])))


def _migration(folder: Path, entry: dict[str, Any]) -> Migration:
    return Migration(**{**entry, "file": folder / entry["file"]})
