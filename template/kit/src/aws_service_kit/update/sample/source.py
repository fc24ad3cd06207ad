"""The names that a Python file defines and uses, from its syntax tree."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

SOURCE = "src"
INIT = "__init__"
STACK_ARGUMENTS = {"self", "stage", "environment"}


def module_of(path: str) -> str:
    """Return the dotted name of the module in a file."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if parts[0] == SOURCE:
        del parts[0]
    if parts[-1] == INIT:
        del parts[-1]
    return ".".join(parts)


@dataclass(frozen=True)
class Use:
    """A name of a module that a file uses.

    Attributes:
        module: The module's dotted name.
        name: The name; None for the whole module.
    """

    module: str
    name: str | None


class Source:
    """A Python file.

    Args:
        path: Its path in the service.
        text: Its content. A file that isn't Python, or has syntax errors, counts as empty.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        try:
            self._tree = ast.parse(text if path.endswith(".py") else "")
        except SyntaxError:
            self._tree = ast.Module([], [])
        self._nodes = list(ast.walk(self._tree))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the module: definitions, assignments and imports."""
        found = {each.name for each in self._nodes if isinstance(each, _DEFINITIONS)}
        stored = (each for each in self._nodes if isinstance(each, ast.Name))
        found |= {each.id for each in stored if isinstance(each.ctx, ast.Store)}
        imported = (each for each in self._nodes if isinstance(each, ast.Import | ast.ImportFrom))
        return frozenset(
            found | {alias.asname or alias.name for each in imported for alias in each.names}
        )

    @cached_property
    def strings(self) -> frozenset[str]:
        """The strings in the code that have one line."""
        constants = (each.value for each in self._nodes if isinstance(each, ast.Constant))
        return frozenset(each for each in constants if isinstance(each, str) and "\n" not in each)

    @cached_property
    def dotted(self) -> frozenset[str]:
        """The dotted names in the code's strings, such as a function's handler.

        In a string with one replacement field, such as `f"service.handlers.{name}.handler"`, the
        field can have the value of every string in the file that is an identifier.
        """
        found = {text for text in self.strings if _DOTTED.fullmatch(text)}
        names = [text for text in self.strings if text.isidentifier()]
        for node in self._nodes:
            if isinstance(node, ast.JoinedStr):
                start, replaced, end = _parts(node)
                if replaced and start.endswith("."):
                    found |= {f"{start}{name}{end}" for name in names}
        return frozenset(found)

    @cached_property
    def uses(self) -> frozenset[Use]:
        """The names of modules that the file imports."""
        found: set[Use] = set()
        for node in self._nodes:
            if isinstance(node, ast.Import):
                found |= {Use(alias.name, None) for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                package = self._package(node)
                found |= {Use(package, alias.name) for alias in node.names}
        return frozenset(found)

    def attributes_of(self, module: str) -> frozenset[str] | None:
        """Return the attributes of an imported module that the file uses; None if all may be."""
        package, _, name = module.rpartition(".")
        aliases = {
            alias.asname or alias.name
            for node in self._nodes
            if isinstance(node, ast.ImportFrom) and self._package(node) == package
            for alias in node.names
            if alias.name == name
        }
        taken = [
            node
            for node in self._nodes
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in aliases
        ]
        loaded = Counter(isinstance(node, ast.Name) and node.id in aliases for node in self._nodes)
        if not aliases or loaded[True] != len(taken):
            return None
        return frozenset(node.attr for node in taken)

    @cached_property
    def arguments(self) -> frozenset[str]:
        """The names of all functions' arguments, with which tests request fixtures."""
        return frozenset(each.arg for each in self._nodes if isinstance(each, ast.arg))

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names of functions on the module's level."""
        found = (each for each in self._tree.body if isinstance(each, ast.FunctionDef))
        return frozenset(each.name for each in found)

    @cached_property
    def provides(self) -> frozenset[str]:
        """The resources that the file's stacks provide: annotated attributes of its classes."""
        return frozenset(
            member.target.id
            for each in self._classes
            for member in each.body
            if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name)
        )

    @cached_property
    def requires(self) -> frozenset[str]:
        """The resources that the file's stacks require, also by `environment.provides`."""
        keywords = {
            argument.arg
            for each in self._classes
            for member in each.body
            if isinstance(member, ast.FunctionDef) and member.name == "__init__"
            for argument in member.args.kwonlyargs
        }
        asked = {
            argument.value
            for call in self._nodes
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "provides"
            for argument in call.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        }
        return frozenset((keywords | asked) - STACK_ARGUMENTS)

    @property
    def _classes(self) -> list[ast.ClassDef]:
        return [each for each in self._tree.body if isinstance(each, ast.ClassDef)]

    def _package(self, node: ast.ImportFrom) -> str:
        """Return the absolute name of the module that a statement imports from."""
        if not node.level:
            return node.module or ""
        module = module_of(self.path).split(".")
        up = node.level - (PurePosixPath(self.path).stem == INIT)
        base = module[: len(module) - up] if up else module
        return ".".join([*base, *([node.module] if node.module else [])])


def _parts(text: ast.JoinedStr) -> tuple[str, bool, str]:
    """Return a string's constant start, whether it has one replacement field, and its end."""
    constants = [each.value for each in text.values if isinstance(each, ast.Constant)]
    ends = [str(each) for each in constants] + ["", ""]
    return ends[0], len(text.values) - len(constants) == 1, ends[1]


_DOTTED = re.compile(r"\w+(\.\w+)+")
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
