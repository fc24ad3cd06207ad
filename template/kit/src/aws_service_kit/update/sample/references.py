"""Find the sample's files that the team's files use, directly or through other files."""

from __future__ import annotations

import tomllib
from collections import deque
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from aws_service_kit.update.sample.source import SOURCE, Source, module_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

STACKS = PurePosixPath("infrastructure", "stacks")
HANDLERS = "service.handlers."
# Modules that the kit imports. No file of the service refers to them.
READ_BY_THE_KIT = (
    "service.handlers.consumed_events",
    "service.handlers.published_events",
    "tests.local.stacks.entry_points",
    "tests.local.stacks.formats",
    "tooling.examples",
)
TESTS = "tests"
UNIT_TESTS = PurePosixPath(TESTS, "unit")
TEST = "test_"


class References:
    """The references between the files of a service.

    Args:
        texts: The files of the service, by path.
        sample: The empty variant of each unchanged file of the sample; None if it has none.
        scaffold: The paths of the sample, including changed files.
    """

    def __init__(
        self, texts: Mapping[str, str], sample: Mapping[str, str | None], scaffold: Collection[str]
    ) -> None:
        self._texts = texts
        self._sample = sample
        self._scaffold = scaffold
        self._paths = {module_of(path): path for path in texts if path.endswith(".py")}
        self._source = cache(lambda path: Source(path, texts[path]))
        self._empty = cache(lambda path: Source(path, sample[path] or ""))
        self._stacks = [path for path in texts if PurePosixPath(path).parent == STACKS]

    def needed_by(self, team: Iterable[str]) -> dict[str, str]:
        """Return the sample's files that must stay, each with the file that needs it.

        Args:
            team: The team's files: those that it changed or added.
        """
        kept: dict[str, str] = {}
        left = deque(sorted(team))
        while left:
            path = left.popleft()
            for needed in sorted(self._needs(path) & self._sample.keys() - kept.keys()):
                kept[needed] = path
                left.append(needed)
        return kept

    def _needs(self, path: str) -> set[str]:
        """Return the files that a file needs: it would break if they were removed."""
        if path.endswith(".toml"):
            return set(self._configured_stacks(path))
        return {
            *self._packages(path),
            *self._imported(path),
            *self._named(path),
            *self._providers(path),
            *self._deploying(path),
            *self._tests_and_subjects(path),
            *self._fixtures(path),
            *self._read_by_the_kit(path),
        }

    def _packages(self, path: str) -> Iterator[str]:
        """Yield the packages that contain a file."""
        for parent in PurePosixPath(path).parents:
            yield f"{parent}/__init__.py"

    def _imported(self, path: str) -> Iterator[str]:
        """Yield the files that a file imports, unless their empty variants have the same names."""
        source = self._source(path)
        for use in source.uses:
            whole = use.module if use.name is None else f"{use.module}.{use.name}"
            if whole in self._paths:
                yield from self._without(whole, source.attributes_of(whole))
            if use.name is not None and use.module in self._paths:
                names = None if use.name == "*" else frozenset({use.name})
                if whole not in self._paths:
                    yield from self._without(use.module, names)

    def _named(self, path: str) -> Iterator[str]:
        """Yield the modules that a file names in strings, such as a function's handler."""
        for text in self._source(path).dotted:
            module, _, name = text.rpartition(".")
            if text in self._paths:
                yield from self._without(text, None)
            elif module in self._paths:
                yield from self._without(module, frozenset({name}))

    def _without(self, module: str, names: frozenset[str] | None) -> Iterator[str]:
        """Yield a module's packages, and its file unless the empty variant has the names."""
        path = self._paths[module]
        yield from self._packages(path)
        has_variant = self._sample.get(path) is not None
        if not (has_variant and names is not None and names <= self._empty(path).names):
            yield path

    def _providers(self, path: str) -> Iterator[str]:
        """Yield the stacks that provide the resources that a stack requires."""
        if path in self._stacks:
            required = self._source(path).requires
            for stack in self._stacks:
                if self._source(stack).provides & required:
                    yield stack

    def _deploying(self, path: str) -> Iterator[str]:
        """Yield the stacks that deploy a module's handler, if their empty variants don't."""
        start = f"{module_of(path)}."
        for stack in self._stacks:
            if stack in self._sample and any(
                text.startswith(start) for text in self._source(stack).dotted
            ):
                empty = self._empty(stack).dotted
                if not any(text.startswith(start) for text in empty):
                    yield stack

    def _tests_and_subjects(self, path: str) -> Iterator[str]:
        """Yield the tests of a module or a stack, and the stack of a stack's tests."""
        file = PurePosixPath(path)
        if file.parts[0] != TESTS:
            # A module of the domain can have the name of a stack.
            folder = UNIT_TESTS if file.parts[0] == SOURCE else PurePosixPath(TESTS)
            found = (PurePosixPath(other) for other in self._sample)
            named = (other for other in found if other.name == TEST + file.name)
            yield from (str(other) for other in named if other.is_relative_to(folder))
        elif file.parent.name == STACKS.name and file.name.startswith(TEST):
            yield str(STACKS / file.name.removeprefix(TEST))

    def _fixtures(self, path: str) -> Iterator[str]:
        """Yield the `conftest.py` files whose fixtures a test uses."""
        source = self._source(path)
        asked = source.arguments | source.strings
        for parent in PurePosixPath(path).parents:
            conftest = str(parent / "conftest.py")
            if conftest in self._sample and self._source(conftest).functions & asked:
                yield conftest

    def _read_by_the_kit(self, path: str) -> Iterator[str]:
        """Yield the modules that the kit imports, if a stack of the sample has functions."""
        texts = self._source(path).dotted
        if (
            path in self._stacks
            and path in self._scaffold
            and any(text.startswith(HANDLERS) for text in texts)
        ):
            yield from (self._paths[name] for name in READ_BY_THE_KIT if name in self._paths)

    def _configured_stacks(self, path: str) -> Iterator[str]:
        """Yield the stacks whose constructs a TOML file names."""
        try:
            keys = set(_keys(tomllib.loads(self._texts[path])))
        except tomllib.TOMLDecodeError:
            return
        for stack in self._stacks:
            if stack in self._sample:
                texts = self._source(stack).strings - self._empty(stack).strings
                ids = {each for each in texts if each.isidentifier() and each[0].isupper()}
                if any(key.startswith(each) for key in keys for each in ids):
                    yield stack


def _keys(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of a table and of all tables in it."""
    for key, value in table.items():
        yield key
        if isinstance(value, dict):
            yield from _keys(value)
