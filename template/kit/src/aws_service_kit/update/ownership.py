"""The ownership of paths, from the manifest."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STACKS = "infrastructure/stacks"
MANIFEST = Path("tooling", "ownership.toml")


@dataclass(frozen=True)
class Ownership:
    """The manifest of one version of the template.

    Attributes:
        paths: The class of each path; a folder ends in "/".
        retired: Paths that the template no longer ships.
        moved: The new path of each moved path.
        scaffold: The conditions of a copy, such as a stack, with the paths that it scaffolds.
    """

    paths: Mapping[str, str]
    retired: frozenset[str]
    moved: Mapping[str, str]
    scaffold: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, root: Path) -> Ownership:
        """Read the manifest of a service."""
        content = tomllib.loads((root / MANIFEST).read_text(encoding="utf-8"))
        return cls(
            paths=content["paths"],
            retired=frozenset(content.get("retired", {})),
            moved=content.get("moved", {}),
            scaffold=content.get("scaffold", {}),
        )

    def scaffolded(self, path: str) -> bool:
        """Return whether the sample has a file at a path."""
        paths = [each for paths in self.scaffold.values() for each in paths]
        return any(path == each or path.startswith(f"{each}/") for each in paths)

    def stacks_in(self, root: Path) -> list[str]:
        """Return the optional stacks of which a service has a file in `infrastructure/stacks/`."""
        return [
            stack
            for stack, paths in self.scaffold.items()
            if f"{STACKS}/{stack}.py" in paths and (root / STACKS / f"{stack}.py").is_file()
        ]

    def of(self, path: str) -> str | None:
        """Return the class of a path by the longest matching key; None for the team's own paths."""
        fitting = [
            key for key in self.paths if path == key or (key.endswith("/") and path.startswith(key))
        ]
        return self.paths[max(fitting, key=len)] if fitting else None
