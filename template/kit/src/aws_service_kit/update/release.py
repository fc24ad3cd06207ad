"""What a release of the template says about updates to it: `migrations/release.toml`."""

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
    """A change of the team's files that a release brings.

    Attributes:
        name: Its name.
        release: The release that brings it.
        summary: What it does, in a line.
        file: A patch, or a program in Python.
        before_merge: It changes the pristine copy too, before the two are merged.
        new_services_only: Why services that exist don't get it; empty if they do.
    """

    name: str
    release: str
    summary: str
    file: Path
    before_merge: bool = False
    new_services_only: str = ""

    @property
    def is_patch(self) -> bool:
        """It is a patch of scaffolded files, not a program."""
        return self.file.suffix == PATCH


@dataclass(frozen=True)
class Release:
    """A release, as it describes itself.

    Attributes:
        number: What a service records that is made from it, such as `1.6.0`.
        path: The folder of the repository in which Python finds the updater.
        module: The updater.
        migrations: Those of this release and of all before it, in the order in which they run.
        changes: The template's changelog.
    """

    number: str
    path: str
    module: str
    migrations: tuple[Migration, ...]
    changes: str = ""

    @classmethod
    def read(cls, template: Path) -> Release | None:
        """Read what lies in the template's repository; None before 1.6.0."""
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

    def after(self, had: str | None) -> tuple[Migration, ...]:
        """Give the migrations that a service still needs.

        Args:
            had: The release whose migrations it has had; None is before 1.6.0.
        """
        oldest = numbers(had or "0")
        return tuple(
            each
            for each in self.migrations
            if numbers(each.release) > oldest and not each.new_services_only
        )


def numbers(version: str) -> tuple[int, ...]:
    """Read the numbers of a version; of `v1.2.0-3-gabcdef` those of the release."""
    return tuple(map(int, re.findall(r"\d+", version.partition("-")[0])))


def _migration(folder: Path, entry: dict[str, Any]) -> Migration:
    return Migration(**{**entry, "file": folder / entry["file"]})
