"""Rename everything in a table, such as `moved.toml` of a release.

`[modules]` and `[names]` map old full names to new ones. A new name without a dot stays in its
module. `[attributes]` and `[keywords]` map old names to new ones, by the full name of a class or a
function. `[types]` has the classes of attributes, by the full name of a class, and the class of a
function's result, as `"()"`. `[fixtures]`, `[files]` and `[tasks]` map old names to new ones.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

import libcst as cst
import tomlkit
from aws_service_kit.update.migrations import Leftover
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable

from migrations.fixtures import rename_fixtures
from migrations.members import Members, Renames, rename_members
from migrations.names import bound_by_new_names
from migrations.paths import rename_paths
from migrations.rewriting import (
    READ,
    Modules,
    module_of,
    move_files,
    read,
    rename_modules,
    rename_names,
    suffix_of,
    tracked,
    unread,
    write,
)

# Keys of poe tasks whose values are names of tasks, with arguments.
REFERENCES = {"deps", "parallel", "ref", "sequence"}


@dataclass(frozen=True)
class Table:
    """The renames of a release.

    Attributes:
        modules: Old modules to new ones.
        names: Old full names of classes, functions and constants to new full ones.
        attributes: Of classes, old attributes and methods to new ones.
        keywords: Of functions and classes, old keywords to new ones; an empty new one drops it.
        types: Of classes, the classes of attributes; of functions, that of their results.
        fixtures: Old fixtures of pytest to new ones.
        files: Old paths of files to new ones, except those of `modules`.
        tasks: Old tasks to new ones.
    """

    modules: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    attributes: Renames = field(default_factory=dict)
    keywords: Renames = field(default_factory=dict)
    types: Renames = field(default_factory=dict)
    fixtures: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Complete new names that stay in their modules."""
        names = {
            old: new if "." in new else f"{old.rpartition('.')[0]}.{new}"
            for old, new in self.names.items()
        }
        object.__setattr__(self, "names", names)

    @classmethod
    @cache
    def read(cls, file: Path) -> Table:
        """Read a table from a TOML file, once."""
        return cls(**tomllib.loads(file.read_text(encoding="utf-8")))

    @property
    def names_now(self) -> dict[str, str]:
        """New full names of names, with the new names of their modules."""
        return {self._module(old): self._module(new) for old, new in self.names.items()}

    def canonical(self, name: str) -> str:
        """Return the current full name of a module, or of a name in one."""
        name = self._module(name)
        names = self.names_now
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            if new := names.get(".".join(parts[:length])):
                return ".".join([new, *parts[length:]])
        return name

    @cached_property
    def members(self) -> Members:
        """Return the attributes and keywords."""
        return Members(self.attributes, self.keywords, self.types, self.canonical)

    def _module(self, name: str) -> str:
        return Modules(self.modules, frozenset()).rename(name) or name


def rename_all(
    root: Path, table: Table, *, files: Sequence[PurePosixPath] | None = None
) -> list[Leftover]:
    """Rename everything in a table in Python and other texts, without moving files.

    Args:
        root: The service's folder, under git.
        table: The renames.
        files: The files to change; by default all files in git.

    Returns:
        Unreadable files, and the places of attributes, keywords, fixtures and tasks that need
        manual work.
    """
    leftovers = [
        *rename_members(root, table.members, files=files),
        *rename_fixtures(root, table.fixtures, files=files),
        *rename_modules(root, table.modules, list_mentions=False, files=files),
        *rename_bindings(root, table.modules, files=files),
        *rename_names(root, table.names_now, moving=table.modules, files=files),
        *rename_tasks(root, table.tasks, files=files),
    ]
    return sorted(set(leftovers), key=lambda each: (each.path, each.line, each.text))


def rename_bindings(
    root: Path, table: Mapping[str, str], *, files: Sequence[PurePosixPath] | None = None
) -> list[Leftover]:
    """Bind imported modules to their new names, where renaming has kept the old ones.

    Args:
        root: The service's folder, under git.
        table: Old modules to new ones.
        files: The files to change; by default all files in git.
    """
    leftovers = []
    for file in tracked(root) if files is None else files:
        text = read(root / file) if file.suffix == ".py" else None
        if not text or " as " not in text:
            continue
        try:
            new = bound_by_new_names(text, module_of(file) or str(file), table)
        except cst.ParserSyntaxError:
            leftovers.append(unread(file))
            continue
        if new != text:
            write(root / file, new)
    return leftovers


def move_all(root: Path, moved: Mapping[PurePosixPath, PurePosixPath]) -> list[Leftover]:
    """Move files, and rewrite their paths in texts.

    Args:
        root: The service's folder, under git.
        moved: Old paths to new ones.
    """
    there = set(tracked(root))
    rename_paths(root, {old: new for old, new in moved.items() if old in there}, moved)
    return move_files(root, moved)


def rename_tasks(
    root: Path, table: Mapping[str, str], *, files: Sequence[PurePosixPath] | None = None
) -> list[Leftover]:
    """Rename tasks in commands (`dev.py TASK` in any text) and in references of poe tasks.

    A task of the team with an old name isn't changed, and is returned.

    Args:
        root: The service's folder, under git.
        table: Old tasks to new ones.
        files: The files to change; by default all files in git.
    """
    if not table:
        return []
    leftovers = []
    names = "|".join(map(re.escape, table))
    command = re.compile(rf"(\bdev\.py +)({names})(?![\w-])")
    for file in tracked(root) if files is None else files:
        if suffix_of(file) not in {".py", *READ} or (text := read(root / file)) is None:
            continue
        if not any(old in text for old in table):
            continue
        new = command.sub(lambda found: f"{found[1]}{table[found[2]]}", text)
        if suffix_of(file) == ".toml" and file.name in {"poe_tasks.toml", "pyproject.toml"}:
            try:
                new, hiding = _references_renamed(new, table)
            except TOMLKitError:
                leftovers.append(unread(file))
                continue
            leftovers += [
                Leftover(str(file), 1, text) for text in hiding if "pyproject" in file.name
            ]
        if new != text:
            write(root / file, new)
    return leftovers


def _references_renamed(text: str, table: Mapping[str, str]) -> tuple[str, list[str]]:
    content = tomlkit.parse(text)
    poe = content.get("tool", {}).get("poe", {}) if "tool" in content else content
    tasks = poe.get("tasks", {})
    hiding = [
        f"has a task `{old}`, which hides the template's task, now `{new}`"
        for old, new in table.items()
        if old in tasks
    ]
    _rename_in(tasks, table, is_reference=False)
    return tomlkit.dumps(content), hiding


def _rename_in(content: object, table: Mapping[str, str], *, is_reference: bool) -> None:
    entries: list[tuple[object, object]] = []
    if isinstance(content, AbstractTable | dict):
        entries = list(content.items())
    elif isinstance(content, list):
        entries = list(enumerate(content))
    for key, value in entries:
        # Strings in `sequence`, or values of certain keys in a table.
        names = is_reference if isinstance(key, int) else key in REFERENCES
        if not isinstance(value, str):
            _rename_in(value, table, is_reference=names)
            continue
        first, space, rest = value.partition(" ")
        if names and first in table:
            content[key] = f"{table[first]}{space}{rest}"  # type: ignore[index] # as above
