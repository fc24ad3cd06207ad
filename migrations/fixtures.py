"""Rename pytest fixtures: parameters of tests and fixtures, and strings with their names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import libcst as cst
from aws_service_kit.update.migrations import Leftover
from libcst.helpers import get_full_name_for_node
from libcst.metadata import (
    Assignment,
    FunctionScope,
    MetadataWrapper,
    ParentNodeProvider,
    PositionProvider,
    ScopeProvider,
)

from migrations.rewriting import parsed, read, tracked, unread, write

FIXTURE = "fixture"
# Functions that take names of fixtures as strings.
BY_NAME = {"getfixturevalue", "usefixtures"}
PARAMETRIZE = "parametrize"
EVERYWHERE = "conftest.py"


def rename_fixtures(
    root: Path, table: Mapping[str, str], *, files: Sequence[PurePosixPath] | None = None
) -> list[Leftover]:
    """Rename fixtures where tests and other fixtures request them.

    A fixture of the team with the same name overrides the kit's, so it and its tests aren't
    changed. It is listed, since the kit's other fixtures request the new name.

    Args:
        root: The service's folder, under git.
        table: Old names to new ones.
        files: The files to change; by default all files in git.

    Returns:
        The places that need manual work.
    """
    leftovers: list[Leftover] = []
    modules: dict[PurePosixPath, _Module] = {}
    for file in tracked(root) if files is None else files:
        text = read(root / file) if file.suffix == ".py" else None
        if text is None or not any(old in text for old in table) or not _may_name(text, table):
            continue
        try:
            modules[file] = _Module(text)
        except cst.ParserSyntaxError:
            leftovers.append(unread(file))
    hidden = {file: module.fixtures & table.keys() for file, module in modules.items()}
    for file, module in modules.items():
        overridden = set().union(
            *(names for other, names in hidden.items() if _reaches(other, file))
        )
        renames = {old: new for old, new in table.items() if old not in overridden}
        new, listed = module.renamed(renames)
        if new != module.text:
            write(root / file, new)
        leftovers += [Leftover(str(file), line, text) for line, text in listed]
        leftovers += [
            Leftover(
                str(file),
                module.lines[name],
                f"hides the kit's fixture `{name}`, which is `{table[name]}` now",
            )
            for name in sorted(hidden[file])
        ]
    return leftovers


def _may_name(text: str, table: Mapping[str, str]) -> bool:
    """Return whether a module has a function, a parameter or a text by one of the names.

    It takes a twentieth of the time of a syntax tree that keeps comments.
    """
    tree = parsed(text)
    return tree is None or any(
        (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in table)
        or (isinstance(node, ast.arg) and node.arg in table)
        or (isinstance(node, ast.Constant) and str(node.value) in table)
        for node in ast.walk(tree)
    )


def _reaches(definition: PurePosixPath, file: PurePosixPath) -> bool:
    """Return whether tests in a file can use the fixtures of another."""
    everywhere = definition.name == EVERYWHERE and file.is_relative_to(definition.parent)
    return definition == file or everywhere


class _Module:
    """A module with tests or fixtures.

    Attributes:
        text: The source.
        fixtures: The names of the fixtures that it defines.
        lines: The lines of these fixtures.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._wrapper = MetadataWrapper(cst.parse_module(text))
        self._scopes = self._wrapper.resolve(ScopeProvider)
        self._parents = self._wrapper.resolve(ParentNodeProvider)
        self._positions = self._wrapper.resolve(PositionProvider)
        functions = _Functions()
        self._wrapper.module.visit(functions)
        self._functions = functions.found
        self.lines = {
            _fixture_name(node): self._line(node) for node in self._functions if _is_fixture(node)
        }
        self.fixtures = set(self.lines)

    def renamed(self, table: Mapping[str, str]) -> tuple[str, list[tuple[int, str]]]:
        """Rename fixtures.

        Returns:
            The new source, and lines with messages on manual work.
        """
        listed: list[tuple[int, str]] = []
        replaced: dict[cst.CSTNode, str] = {}
        for function in self._functions:
            if not (_is_fixture(function) or function.name.value.startswith("test")):
                continue
            given = _parametrized(function)
            for parameter in (*function.params.params, *function.params.kwonly_params):
                old = parameter.name.value
                if old not in table or old in given:
                    continue
                if self._is_bound(function, table[old]):
                    text = (
                        f"requests `{old}`, now `{table[old]}`, but has a variable `{table[old]}`"
                    )
                    listed.append((self._line(parameter), text))
                    continue
                replaced[parameter.name] = table[old]
                for node in self._references(parameter, old):
                    replaced[node] = table[old]
        return self._wrapper.module.visit(_Replace(replaced, table)).code, listed

    def _line(self, node: cst.CSTNode) -> int:
        return self._positions[node].start.line

    def _references(self, parameter: cst.Param, name: str) -> Iterator[cst.CSTNode]:
        scope = self._scopes.get(parameter)
        for assignment in scope[name] if scope else ():
            if isinstance(assignment, Assignment) and assignment.scope is scope:
                yield from (access.node for access in assignment.references)
                # An assignment `name = …`.
                if isinstance(assignment.node, cst.Name):
                    yield assignment.node

    def _is_bound(self, function: cst.FunctionDef, name: str) -> bool:
        """Return whether a function, or one inside it, has a variable of that name."""
        scopes = {
            scope
            for node, scope in self._scopes.items()
            if isinstance(scope, FunctionScope) and self._is_in(node, function)
        }
        if any(assignment.name == name for scope in scopes for assignment in scope.assignments):
            return True
        outside = self._scopes.get(function)
        used = (access for scope in scopes for access in scope.accesses)
        return bool(outside and outside[name]) and any(
            isinstance(access.node, cst.Name) and access.node.value == name for access in used
        )

    def _is_in(self, node: cst.CSTNode | None, function: cst.FunctionDef) -> bool:
        while node is not None and node is not function:
            node = self._parents.get(node)
        return node is function


class _Functions(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found: list[cst.FunctionDef] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.found.append(node)
        return False


class _Replace(cst.CSTTransformer):
    def __init__(self, nodes: Mapping[cst.CSTNode, str], fixtures: Mapping[str, str]) -> None:
        self.nodes = nodes
        self.fixtures = fixtures

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        """Rename a parameter and references to it."""
        new = self.nodes.get(original_node)
        return updated_node.with_changes(value=new) if new else updated_node

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        """Rename in `usefixtures("name")` and `request.getfixturevalue("name")`."""
        function = get_full_name_for_node(original_node.func) or ""
        if function.rpartition(".")[2] not in BY_NAME:
            return updated_node
        return updated_node.with_changes(args=[self._argument(each) for each in updated_node.args])

    def _argument(self, argument: cst.Arg) -> cst.Arg:
        value = argument.value
        if isinstance(value, cst.SimpleString) and value.raw_value in self.fixtures:
            new = f"{value.prefix}{value.quote}{self.fixtures[value.raw_value]}{value.quote}"
            return argument.with_changes(value=value.with_changes(value=new))
        return argument


def _decorators(function: cst.FunctionDef) -> Iterator[tuple[str, Sequence[cst.Arg]]]:
    for each in function.decorators:
        name = get_full_name_for_node(each.decorator) or ""
        arguments = each.decorator.args if isinstance(each.decorator, cst.Call) else ()
        yield name.rpartition(".")[2], arguments


def _is_fixture(function: cst.FunctionDef) -> bool:
    return any(name == FIXTURE for name, _ in _decorators(function))


def _fixture_name(function: cst.FunctionDef) -> str:
    for name, arguments in _decorators(function):
        for each in arguments if name == FIXTURE else ():
            if each.keyword and each.keyword.value == "name":
                value = each.value
                return value.raw_value if isinstance(value, cst.SimpleString) else ""
    return function.name.value


def _parametrized(function: cst.FunctionDef) -> set[str]:
    """Return the parameters that a test gets from `parametrize` instead of a fixture."""
    return {
        name.strip()
        for decorator, arguments in _decorators(function)
        if decorator == PARAMETRIZE and arguments
        for text in _texts(arguments[0].value)
        for name in text.split(",")
    }


def _texts(node: cst.BaseExpression) -> Iterator[str]:
    if isinstance(node, cst.SimpleString):
        yield node.raw_value
    elif isinstance(node, cst.List | cst.Tuple):
        for each in node.elements:
            yield from _texts(each.value)
