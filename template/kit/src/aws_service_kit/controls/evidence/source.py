"""The files of a repository and of its kit, without files that tools write."""

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

# Folders that tools write, and installed packages.
LEFT_OUT = {"__pycache__", "cdk.out", "node_modules", "build", "dist", "venv"}
HIDDEN_BUT_READ = {".github", ".importlinter", ".coveragerc"}

# The kit's package, its distribution, and the folder of a vendored kit.
KIT = aws_service_kit.__name__
DISTRIBUTION = "aws-service-kit"
VENDORED = Path("kit", "src")
# Ends the name in a requirement.
REQUIRED = re.compile(r"[^\w.-]")
# Folders of code for Lambda, and folders of code that creates resources.
FUNCTIONS = ("src", f"{KIT}/runtime")
COMPONENTS = ("infrastructure/components", f"{KIT}/constructs")


@dataclass(frozen=True, eq=False)
class Source:
    """The files of a repository; each file is read once.

    The name of a file of the kit starts at its package, such as `aws_service_kit/runtime/http.py`,
    whether the kit is vendored or installed.
    """

    root: Path

    def __post_init__(self) -> None:
        # Each instance has a cache, since files may change before the next instance.
        for name in ("text", "tree", "yaml", "newest"):
            object.__setattr__(self, name, cache(getattr(self, name)))

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The paths of all files relative to the root, except those of the kit's package."""
        return tuple(sorted(_walk(self.root, self.root, leaving_out=self._vendored)))

    @cached_property
    def kit_paths(self) -> tuple[Path, ...]:
        """The paths of the kit's package; none if the repository doesn't use the kit."""
        kit = self._kit
        return tuple(sorted(_walk(kit, kit.parent))) if kit else ()

    @cached_property
    def has_installed_kit(self) -> bool:
        """The repository uses an installed kit that isn't vendored."""
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
        """Return files with a suffix below folders; by default those outside the kit's package."""
        found = self._below(folders) if folders else self.paths
        return [path for path in found if path.suffix == suffix]

    def text(self, path: Path | str) -> str:
        """Return a file's text; empty if the file doesn't exist."""
        whole = self._whole(path)
        return whole.read_text(encoding="utf-8-sig") if whole.is_file() else ""

    def tree(self, path: Path) -> ast.Module:
        """Return the syntax tree of a module."""
        return ast.parse(self.text(path), str(path))

    def toml(self, path: Path | str) -> Mapping[str, Any]:
        """Return the content of a TOML file; empty if the file doesn't exist."""
        return tomllib.loads(self.text(path))

    def yaml(self, path: Path | str) -> Any:  # noqa: ANN401 - any document
        """Return the content of a YAML file; None if the file doesn't exist."""
        return yaml.load(self.text(path), yaml.CSafeLoader)

    def newest(self, *folders: str) -> float:
        """Return the time of the latest change below the given folders; 0 without files."""
        files = [self._whole(path) for path in self._below(folders)]
        if KIT in folders and self._kit:
            # Installed files have the times of the installer's cache; the list of files is new.
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
    """Return the normalized name of a distribution.

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", distribution.strip()).lower()


def enclosing(tree: ast.Module, line: int) -> str:
    """Return the qualified name of the function or class around a line; `module` without one."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.ClassDef | ast.FunctionDef)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return ".".join(node.name for node in around) or "module"


def place(source: Source, logical_id: str) -> str:
    """Return file and line of the code that creates a resource; empty if it isn't found.

    A logical id starts with the id of its outermost construct.
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
