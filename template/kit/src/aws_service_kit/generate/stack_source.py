"""A stack and the routes of an API, read from a file by its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.paths import STACKS

CONSTRUCTS = "aws_service_kit.constructs"
STACK_CLASS = "ServiceStack"
# Methods of an API that add a route.
ROUTES = ("add_route", "add_webhook")
FUNCTION = "Function"


@dataclass(frozen=True)
class Construct:
    """A construct of the kit that a stack's file creates.

    Attributes:
        class_name: The name of its class, such as `Queue`.
        id: Its id, such as `Requests`; None if it isn't a literal.
        variable: The variable for it, such as `self.submissions` or `queue`; None if there is none.
        scope: The function or method that creates it, such as `add_queue` or `__init__`.
        keywords: Code of its keyword arguments by name.
    """

    class_name: str
    id: str | None
    variable: str | None
    scope: str
    keywords: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """A route of the API.

    Attributes:
        route: Method and path, such as `GET /orders/{id}`.
        handler: Module of the handler below `service.handlers`, if it is known.
        path: The file that adds it.
    """

    route: str
    handler: str | None
    path: PurePosixPath

    @property
    def shape(self) -> tuple[str, ...]:
        """The method and the parts of the path, in which a parameter has no name."""
        return shape(self.route)


@dataclass(frozen=True)
class StackSource:
    """A stack's class, in a file of `infrastructure/stacks/`.

    Attributes:
        path: The file, in the service.
        class_name: The class.
        domain: The stack's name, such as `messaging`.
        requires: Types of the resources that its constructor takes, by name.
        provides: Types of the resources that it provides to other stacks, by name.
        constructs: The constructs in its file.
        local_variables: The variables that `__init__` sets, such as `queue` and `self.queue`, each
            with the function or method of the file that returns its value, if there is one.
        order: `FIRST` or `LAST` if it is built before or after all others; None otherwise.
    """

    path: PurePosixPath
    class_name: str
    domain: str
    requires: Mapping[str, str]
    provides: Mapping[str, str]
    constructs: tuple[Construct, ...]
    local_variables: Mapping[str, str | None]
    order: str | None = None

    @property
    def module(self) -> str:
        """The name of the file without `.py`."""
        return self.path.stem


def parse(path: Path, root: Path) -> ast.Module:
    """Return the syntax tree of a file.

    Args:
        path: The file.
        root: The service's folder.

    Raises:
        GenerateError: The file isn't Python.
    """
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise GenerateError(
            f"{path.relative_to(root)}, line {line}, isn't Python: fix it first"
        ) from None


def stacks_of(path: Path, root: Path) -> Iterator[StackSource]:
    """Yield the stacks of a file.

    Args:
        path: The file.
        root: The service's folder.

    Raises:
        GenerateError: The file isn't Python.
    """
    tree = parse(path, root)
    imported = _imported_constructs(tree)
    stacks = _stack_classes(tree)
    for stack in stacks:
        others = [each for each in stacks if each is not stack]
        body = [each for each in tree.body if each not in others]
        constructor = _method(stack, "__init__")
        yield StackSource(
            path=PurePosixPath(path.relative_to(root).as_posix()),
            class_name=stack.name,
            domain=_domain(constructor) or path.stem,
            requires=_requires(constructor),
            provides=_provides(stack),
            constructs=tuple(_constructs(body, imported)),
            local_variables=dict(_local_variables(constructor)),
            order=_order(stack),
        )


def routes_of(path: Path, root: Path) -> Iterator[Route]:
    """Yield the routes that a file adds.

    Args:
        path: The file.
        root: The service's folder.

    Raises:
        GenerateError: The file isn't Python.
    """
    tree = parse(path, root)
    constructs = list(_constructs(tree.body, _imported_constructs(tree)))
    file = PurePosixPath(path.relative_to(root).as_posix())
    for scope, statement in _scoped(tree.body):
        for call in _calls(statement):
            if not isinstance(call.func, ast.Attribute) or call.func.attr not in ROUTES:
                continue
            route = _literal(call.args[0]) if call.args else None
            if route is None:
                continue
            variable = ast.unparse(call.args[1]) if len(call.args) > 1 else None
            function = next(
                (
                    each
                    for each in constructs
                    if each.class_name == FUNCTION
                    and (each.scope, each.variable) == (scope, variable)
                ),
                None,
            )
            yield Route(route, handler_of(function) if function else None, file)


def shape(route: str) -> tuple[str, ...]:
    """Return the method and the parts of the path of a route, in which a parameter has no name."""
    method, _, path = route.partition(" ")
    parts = path.strip("/").split("/")
    return (method, *("{}" if part.startswith("{") else part for part in parts))


def consumed(tree: ast.Module) -> set[str]:
    """Return the variables to which a file adds consumers, also through a function's argument."""
    functions = {each.name: each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
    consumed = set()
    for scope, statement in _scoped(tree.body):
        for call in _calls(statement):
            if not isinstance(call.func, ast.Attribute) or call.func.attr != "add_consumer":
                continue
            receiver = ast.unparse(call.func.value)
            consumed.add(receiver)
            if scope in functions:
                parameters = [each.arg for each in functions[scope].args.args]
                consumed |= _given(tree, scope, parameters, receiver)
    return consumed


def handler_of(function: Construct) -> str | None:
    """Return `health` for `"service.handlers.health.handler"`."""
    code = function.keywords.get("handler", "")
    try:
        parts = str(ast.literal_eval(code)).split(".")
    except (SyntaxError, ValueError):
        return None
    return parts[-2] if len(parts) > 1 else None


def targets(statement: ast.Assign | ast.AnnAssign) -> list[str]:
    """Return the code of what a statement assigns to."""
    nodes = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [ast.unparse(node) for node in nodes]


def _stack_classes(tree: ast.Module) -> list[ast.ClassDef]:
    """Return the classes of stacks, also with a base class of the team, such as `_Name`."""
    bases = {STACK_CLASS} | {
        each.asname or each.name
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom)
        for each in statement.names
        if each.name == STACK_CLASS or (statement.module or "").startswith(".".join(STACKS.parts))
    }
    stacks = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(
            ast.unparse(base).split(".")[-1] in bases for base in node.bases
        ):
            bases.add(node.name)
            stacks.append(node)
    return [stack for stack in stacks if not stack.name.startswith("_")]


def _method(node: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == name:
            return each
    return None


def _domain(constructor: ast.FunctionDef | None) -> str | None:
    """Return the literal that `super().__init__` gets as the stack's name."""
    for call in _calls(constructor) if constructor else ():
        if ast.unparse(call.func) == "super().__init__" and len(call.args) > 1:
            return _literal(call.args[1])
    return None


def _requires(constructor: ast.FunctionDef | None) -> dict[str, str]:
    if constructor is None:
        return {}
    return {
        each.arg: ast.unparse(each.annotation).removesuffix(" | None")
        for each in constructor.args.kwonlyargs
        if each.annotation is not None
    }


def _provides(stack: ast.ClassDef) -> dict[str, str]:
    return {
        each.target.id: ast.unparse(each.annotation)
        for each in stack.body
        if isinstance(each, ast.AnnAssign)
        and isinstance(each.target, ast.Name)
        and not each.target.id.startswith("_")
        and not ast.unparse(each.annotation).startswith("ClassVar")
    }


def _order(stack: ast.ClassDef) -> str | None:
    """Return the member of `BuildOrder` that the class sets."""
    for each in stack.body:
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "order":
            return ast.unparse(each.value).rpartition(".")[2]
    return None


def _imported_constructs(tree: ast.Module) -> dict[str, str]:
    """Return the kit's constructs by the name that a file imports them by."""
    return {
        each.asname or each.name: each.name
        for statement in ast.walk(tree)
        if isinstance(statement, ast.ImportFrom)
        and (statement.module or "").startswith(f"{CONSTRUCTS}.")
        for each in statement.names
    }


def _constructs(body: list[ast.stmt], imported: Mapping[str, str]) -> Iterator[Construct]:
    for scope, statement in _scoped(body):
        for call in _calls(statement):
            class_name = imported.get(ast.unparse(call.func))
            # Such as `Table(self, "Records", …)`, but not a helper such as `function_target(…)`.
            if class_name is None or not class_name[0].isupper() or not call.args:
                continue
            yield Construct(
                class_name=class_name,
                id=_literal(call.args[1]) if len(call.args) > 1 else None,
                variable=_variable(statement, call),
                scope=scope,
                keywords={each.arg: ast.unparse(each.value) for each in call.keywords if each.arg},
            )


def _scoped(body: list[ast.stmt], scope: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """Return the statements without a body, each with the function that contains it."""
    for statement in body:
        name = statement.name if isinstance(statement, ast.FunctionDef) else scope
        parts = [
            each
            for part in ("body", "orelse", "finalbody", "handlers")
            for each in getattr(statement, part, [])
        ]
        if parts:
            yield from _scoped(parts, name)
        else:
            yield scope, statement


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


def _literal(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _variable(statement: ast.stmt, call: ast.Call) -> str | None:
    if isinstance(statement, ast.Assign) and statement.value is call:
        return ast.unparse(statement.targets[0])
    if isinstance(statement, ast.AnnAssign) and statement.value is call:
        return ast.unparse(statement.target)
    return None


def _local_variables(constructor: ast.FunctionDef | None) -> Iterator[tuple[str, str | None]]:
    for statement in constructor.body if constructor else ():
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            call = statement.value
            called = ast.unparse(call.func) if isinstance(call, ast.Call) else None
            helper = called.removeprefix("self.") if called else None
            yield from ((target, helper) for target in targets(statement))


def _given(tree: ast.Module, function: str, parameters: list[str], name: str) -> set[str]:
    """Return the code of a parameter's values in all calls of a function."""
    return {
        ast.unparse(value)
        for call in _calls(tree)
        if ast.unparse(call.func) == function
        for parameter, value in (
            *zip(parameters, call.args, strict=False),
            *((each.arg, each.value) for each in call.keywords),
        )
        if parameter == name
    }
