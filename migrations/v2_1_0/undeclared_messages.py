"""List the errors of a service whose messages the API no longer shows.

Until 2.0, the API showed the message of any error in a body's validation whose class was in the
package `service`. Since 2.1, the class has to declare its message, as `DomainError` does. The team
decides on the other classes, since a message may repeat personal data.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from aws_service_kit.update.migrations import Leftover

from migrations.rewriting import parsed, read, tracked

SOURCE = PurePosixPath("src/service")
DECLARATION = "public_message"


class Class(NamedTuple):
    """A class of the service.

    Attributes:
        file: The module.
        line: The line of its definition.
        bases: The last names of its bases.
        declares: Whether it declares its message.
    """

    file: str
    line: int
    bases: tuple[str, ...]
    declares: bool


def migrate(root: Path) -> list[Leftover]:
    """Return the errors that validation reports and that don't declare a message.

    Args:
        root: The service's folder, under git.
    """
    classes = dict(_classes(root))
    return [
        Leftover(
            found.file,
            found.line,
            f"the API doesn't show the message of {name} any more: if it never contains values from"
            f" the input, give the class the property `{DECLARATION}` (service.domain.errors)",
        )
        for name, found in classes.items()
        if _is_reported(name, classes) and not _declares(name, classes)
    ]


def _classes(root: Path) -> Iterator[tuple[str, Class]]:
    for file in tracked(root):
        if file.suffix != ".py" or not file.is_relative_to(SOURCE):
            continue
        tree = parsed(read(root / file) or "")
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.ClassDef):
                bases = tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases)
                yield node.name, Class(str(file), node.lineno, bases, _has_declaration(node))


def _has_declaration(node: ast.ClassDef) -> bool:
    for each in node.body:
        match each:
            case ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case _:
                names = []
        if DECLARATION in names:
            return True
    return False


def _is_reported(
    name: str, classes: Mapping[str, Class], seen: frozenset[str] = frozenset()
) -> bool:
    """Return whether pydantic turns the error into a validation error."""
    if name in classes and name not in seen:
        return any(_is_reported(base, classes, seen | {name}) for base in classes[name].bases)
    known = getattr(builtins, name, None)
    return isinstance(known, type) and issubclass(known, ValueError | AssertionError)


def _declares(name: str, classes: Mapping[str, Class], seen: frozenset[str] = frozenset()) -> bool:
    if name not in classes or name in seen:
        return False
    return classes[name].declares or any(
        _declares(base, classes, seen | {name}) for base in classes[name].bases
    )
