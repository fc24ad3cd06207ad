# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The files of a repository, without what tools leave behind."""

from __future__ import annotations

import ast
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

# What tools write, and what isn't the repository's own.
LEFT_OUT = {"__pycache__", "cdk.out", "node_modules", "build", "dist", "venv", "guidelines"}
HIDDEN_BUT_READ = {".github", ".importlinter", ".coveragerc"}


@dataclass(frozen=True, eq=False)
class Source:
    """A repository's files, each read once."""

    root: Path

    def __post_init__(self) -> None:
        # Each instance keeps its own: files may have changed for the next one.
        for name in ("text", "tree", "yaml", "newest"):
            object.__setattr__(self, name, cache(getattr(self, name)))

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Every file, relative to the root."""
        return tuple(sorted(self._walk()))

    def _walk(self) -> Iterator[Path]:
        for folder, folders, files in os.walk(self.root):
            here = Path(folder).relative_to(self.root)
            folders[:] = [name for name in folders if _is_read(name)]
            yield from (here / name for name in files if _is_read(name))

    def below(self, *folders: str, suffix: str = ".py") -> list[Path]:
        """Give the files of a kind below some folders; below the root if none is named."""
        found = self._below(folders) if folders else self.paths
        return [path for path in found if path.suffix == suffix]

    def text(self, path: Path | str) -> str:
        """Give what a file says; nothing if there is none."""
        whole = self.root / path
        return whole.read_text(encoding="utf-8-sig") if whole.is_file() else ""

    def tree(self, path: Path) -> ast.Module:
        """Give the syntax tree of a module."""
        return ast.parse(self.text(path), str(path))

    def toml(self, path: Path | str) -> Mapping[str, Any]:
        """Give what a TOML file holds; nothing if there is none."""
        return tomllib.loads(self.text(path))

    def yaml(self, path: Path | str) -> Any:  # noqa: ANN401 - any document
        """Give what a YAML file holds; nothing if there is none."""
        return yaml.load(self.text(path), yaml.CSafeLoader)

    def newest(self, *folders: str) -> float:
        """Give when the last of the files below some folders was changed; 0 if there is none."""
        times = ((self.root / path).stat().st_mtime for path in self._below(folders))
        return max(times, default=0.0)

    def _below(self, folders: tuple[str, ...]) -> list[Path]:
        prefixes = tuple(f"{folder}/" for folder in folders)
        return [path for path in self.paths if f"{path.as_posix()}/".startswith(prefixes)]


def _is_read(name: str) -> bool:
    return name not in LEFT_OUT and (not name.startswith(".") or name in HIDDEN_BUT_READ)


def place(source: Source, logical_id: str) -> str:
    """Give file and line of the code that makes a resource; empty if it isn't found.

    The CDK begins a logical id with the id of its outermost construct.
    """
    found = [
        (len(node.value), f"{path}:{node.lineno}")
        for path in source.below("infrastructure/stacks")
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value
        and logical_id.startswith(node.value)
    ]
    return max(found, default=(0, ""))[1]
