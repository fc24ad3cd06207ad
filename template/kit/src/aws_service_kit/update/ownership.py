"""Who owns a path: the manifest, read."""

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
        paths: A path, or a folder that ends in "/", to its class.
        retired: Paths that the template ships no longer.
        moved: Old paths to new ones.
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
        """Give the class of a path, by the longest key that fits; None is the team's own."""
        fitting = [
            key for key in self.paths if path == key or (key.endswith("/") and path.startswith(key))
        ]
        return self.paths[max(fitting, key=len)] if fitting else None
