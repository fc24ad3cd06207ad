"""The files of a repository and of its kit, without what tools leave behind."""

from __future__ import annotations

import ast
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

import aws_service_kit

# What tools write, and what isn't the repository's own.
LEFT_OUT = {"__pycache__", "cdk.out", "node_modules", "build", "dist", "venv"}
HIDDEN_BUT_READ = {".github", ".importlinter", ".coveragerc"}

# The kit's package, its distribution, and the folder that holds a vendored one.
KIT = aws_service_kit.__name__
DISTRIBUTION = "aws-service-kit"
VENDORED = Path("kit", "src")
# What ends the name in a requirement.
REQUIRED = re.compile(r"[^\w.-]")
# What runs in Lambda; what makes resources.
FUNCTIONS = ("src", f"{KIT}/runtime")
COMPONENTS = ("infrastructure/components", f"{KIT}/constructs")


@dataclass(frozen=True, eq=False)
class Source:
    """A repository's files, each read once.

    A file of the kit's package is called by its place in the package, such as
    `aws_service_kit/runtime/http.py`, whether the kit is vendored or installed.
    """

    root: Path

    def __post_init__(self) -> None:
        # Each instance keeps its own: files may have changed for the next one.
        for name in ("text", "tree", "yaml", "newest"):
            object.__setattr__(self, name, cache(getattr(self, name)))

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Every file, relative to the root, but for those of the kit's package."""
        return tuple(sorted(_walk(self.root, self.root, leaving_out=self._vendored)))

    @cached_property
    def kit_paths(self) -> tuple[Path, ...]:
        """Every file of the kit's package; none if the repository doesn't run on it."""
        kit = self._kit
        return tuple(sorted(_walk(kit, kit.parent))) if kit else ()

    @cached_property
    def has_installed_kit(self) -> bool:
        """The repository runs on the kit without holding it."""
        return self._kit not in {None, self._vendored}

    @property
    def _vendored(self) -> Path:
        return self.root / VENDORED / KIT

    @cached_property
    def _kit(self) -> Path | None:
        if self._vendored.is_dir():
            return self._vendored
        content = self.toml("pyproject.toml")
        groups = content.get("dependency-groups", {}).values()
        named = [*content.get("project", {}).get("dependencies", ()), *chain(*groups)]
        required = any(
            isinstance(each, str) and normalised(REQUIRED.split(each)[0]) == DISTRIBUTION
            for each in named
        )
        return Path(aws_service_kit.__file__).parent if required else None

    def below(self, *folders: str, suffix: str = ".py") -> list[Path]:
        """Give the files of a kind below some folders; the repository's own if none is named."""
        found = self._below(folders) if folders else self.paths
        return [path for path in found if path.suffix == suffix]

    def text(self, path: Path | str) -> str:
        """Give what a file says; nothing if there is none."""
        whole = self._whole(path)
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
        files = [self._whole(path) for path in self._below(folders)]
        if KIT in folders and self._kit:
            # An installed file is as old as the installer's cache; the list of files is new.
            files += self._kit.parent.glob(f"{KIT}-*.dist-info/RECORD")
        return max((file.stat().st_mtime for file in files), default=0.0)

    def _below(self, folders: tuple[str, ...]) -> list[Path]:
        prefixes = tuple(f"{folder}/" for folder in folders)
        every = (*self.paths, *self.kit_paths)
        return [path for path in every if f"{path.as_posix()}/".startswith(prefixes)]

    def _whole(self, path: Path | str) -> Path:
        if Path(path).parts[:1] == (KIT,) and self._kit:
            return self._kit.parent / path
        return self.root / path


def _walk(folder: Path, root: Path, *, leaving_out: Path | None = None) -> Iterator[Path]:
    """Yield the files below a folder, relative to a root."""
    for below, folders, files in os.walk(folder):
        here = Path(below)
        folders[:] = [name for name in folders if _is_read(name) and here / name != leaving_out]
        yield from ((here / name).relative_to(root) for name in files if _is_read(name))


def _is_read(name: str) -> bool:
    return name not in LEFT_OUT and (not name.startswith(".") or name in HIDDEN_BUT_READ)


def normalised(distribution: str) -> str:
    """Return the one form of a distribution's name.

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", distribution.strip()).lower()


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
