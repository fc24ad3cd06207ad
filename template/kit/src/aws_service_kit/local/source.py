"""Check the source for errors that would otherwise only be found when a function starts."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from aws_service_kit.local.cloud import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

CODE, STACKS = "src", "infrastructure"


def require_valid_syntax(root: Path) -> None:
    """Check that Python can compile all source files.

    Args:
        root: The project's folder.

    Raises:
        LocalError: A file has a syntax error; the message begins with its path and line.
    """
    for file in _python_files(root / CODE, root / STACKS):
        path = file.relative_to(root).as_posix()
        try:
            with warnings.catch_warnings(action="ignore"):
                compile(file.read_bytes(), path, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise LocalError(f"{path}:{error.lineno or 1}: {error.msg}") from None
        except ValueError as error:  # null bytes
            raise LocalError(f"{path}:1: {error}") from None
        except FileNotFoundError:  # an editor replaces it at this moment
            continue


def missing_handler(root: Path, handler: str) -> str | None:
    """Return the reason why a function has no handler, with the line that names it, or None.

    Args:
        root: The project's folder.
        handler: Dotted path of the callable, such as `service.handlers.health.handler`.
    """
    module, _, name = handler.rpartition(".")
    path = f"{CODE}/{module.replace('.', '/')}.py"
    file = root / path
    if not file.exists():
        return f"{_named_at(root, handler)}{path} doesn't exist"
    if name not in _bound(ast.parse(file.read_bytes())):
        return f"{_named_at(root, handler)}{path} has no `{name}`"
    return None


def _python_files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.rglob("*.py"))


def _named_at(root: Path, handler: str) -> str:
    """Return the place in the stacks that names a handler, to begin a message with."""
    for file in _python_files(root / STACKS):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if f'"{handler}"' in line:
                return f"{file.relative_to(root).as_posix()}:{number}: "
    return f"handler {handler}: "


class _AnyName(set[str]):
    """A set that contains every name, for modules that may bind any name."""

    def __contains__(self, name: object) -> bool:
        return True


def _bound(module: ast.Module) -> set[str]:
    """Return the names that a module binds in any of its branches."""
    names = set[str]()
    for node in _outside_of_bodies(module.body):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Import() | ast.ImportFrom():
                names.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
            case ast.Name(ctx=ast.Store()):
                names.add(node.id)
    return _AnyName() if {"*", "__getattr__"} & names else names


def _outside_of_bodies(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield nodes and those below them, except in the bodies of functions and classes."""
    for node in nodes:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _outside_of_bodies(ast.iter_child_nodes(node))
