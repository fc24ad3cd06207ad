"""The ownership of paths, from the manifest."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MANIFEST = Path("tooling", "ownership.toml")


@dataclass(frozen=True)
class Ownership:
    """The manifest of one version of the template.

    Attributes:
        paths: The class of each path; a folder ends in "/".
        retired: Paths that the template no longer ships.
        moved: The new path of each moved path.
    """

    paths: Mapping[str, str]
    retired: frozenset[str]
    moved: Mapping[str, str]

    @classmethod
    def read(cls, root: Path) -> Ownership:
        """Read the manifest of a service."""
        content = tomllib.loads((root / MANIFEST).read_text(encoding="utf-8"))
        return cls(
            paths=content["paths"],
            retired=frozenset(content.get("retired", {})),
            moved=content.get("moved", {}),
        )

    def of(self, path: str) -> str | None:
        """Return the class of a path by the longest matching key; None for the team's own paths."""
        fitting = [
            key for key in self.paths if path == key or (key.endswith("/") and path.startswith(key))
        ]
        return self.paths[max(fitting, key=len)] if fitting else None
