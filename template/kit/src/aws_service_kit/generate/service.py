"""What a service has already, read from its code by syntax tree: no synthesis, no imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

import yaml

from aws_service_kit.config import ServiceConfig, load
from aws_service_kit.generate.errors import GenerateError

INFRASTRUCTURE = PurePosixPath("infrastructure")
STACKS = INFRASTRUCTURE / "stacks"
HANDLERS = PurePosixPath("src", "service", "handlers")
DOMAIN = PurePosixPath("src", "service", "domain")
ADAPTERS = PurePosixPath("src", "service", "adapters")
UNIT_TESTS = PurePosixPath("tests", "unit")
STACK_TESTS = PurePosixPath("tests", "infrastructure", "stacks")

# What messages call the kinds of resources.
KINDS = {
    "Bucket": "bucket",
    "EventBus": "event bus",
    "Queue": "queue",
    "RestApi": "API",
    "StateMachine": "workflow",
    "Table": "table",
    "Topic": "topic",
}

CONSTRUCTS = "aws_service_kit.constructs"
STACK_CLASS = "ServiceStack"
# Methods of an API that add a route.
ROUTES = ("add_route", "add_webhook")
FUNCTION = "Function"


@dataclass(frozen=True)
class Construct:
    """A construct of the kit that a stack's file creates.

    Attributes:
        kind: The name of its class, such as `Queue`.
        id: Its id, such as `Requests`; None if it isn't a literal.
        variable: What it is assigned to, such as `self.submissions` or `queue`; None otherwise.
        scope: The function or method that creates it, such as `add_queue` or `__init__`.
        keywords: Code of its keyword arguments by name.
    """

    kind: str
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
        local_variables: What `__init__` itself sets, such as `queue` and `self.queue`, and the
            function that returns it, if it is one of the file.
        order: When it is built, if not among the others: `FIRST` or `LAST`.
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


@dataclass(frozen=True)
class Resource:
    """A resource that functions may use, such as a queue, and how code refers to it.

    Attributes:
        kind: The name of its class, such as `Queue`.
        stack: The stack that creates it.
        id: Its construct id, if it is known.
        attribute: The name under which the stack provides it to others; None if it doesn't.
        expression: What refers to it in the `__init__` of its stack, such as `self.submissions`;
            None if it is created in another function, which doesn't return it to `__init__`.
    """

    kind: str
    stack: StackSource
    id: str | None
    attribute: str | None
    expression: str | None

    @property
    def label(self) -> str:
        """The resource for messages, such as `messaging/Requests (submissions)`."""
        named = f"{self.stack.domain}/{self.id or self.attribute}"
        return f"{named} ({self.attribute})" if self.attribute and self.id else named

    def is_called(self, name: str) -> bool:
        """Return whether a name means this resource.

        Args:
            name: Its id or its attribute in any spelling, or both of stack and id, such as
                `messaging/Requests`.
        """
        domain, _, own = name.rpartition("/")
        if domain and domain != self.stack.domain:
            return False
        wanted = _key(own)
        return wanted in {_key(each) for each in (self.id, self.attribute) if each is not None}


@dataclass(frozen=True)
class ServiceSource:
    """A service's code.

    Example:
        ```python
        service = ServiceSource.read(root)
        queue = service.resource("Queue", "submissions")
        (queue.stack.class_name, queue.expression)  # ("MessagingStack", "self.submissions")
        ```

    Attributes:
        root: The service's folder.
        stacks: Its stacks, by path.
    """

    root: Path
    stacks: tuple[StackSource, ...]

    @classmethod
    def read(cls, root: Path) -> ServiceSource:
        """Read the stacks of the service in a folder.

        Raises:
            GenerateError: A stack's file isn't Python.
        """
        files = sorted(
            path for path in (root / STACKS).glob("*.py") if not path.name.startswith("_")
        )
        return cls(root, tuple(stack for path in files for stack in _stacks(path, root)))

    @cached_property
    def config(self) -> ServiceConfig:
        """The service's configuration. Reading it may raise `ConfigError`."""
        return load(self.root)

    @property
    def function_prefix(self) -> str:
        """What the longest name of a function begins with: service, environment and a hyphen."""
        longest = max(self.config.environments, key=len)
        return f"{self.config.service.name}-{longest}-"

    def update_command(self, stack: str) -> str:
        """Return the command that adds one of the template's stacks to the service."""
        file = self.root / ".copier-answers.yml"
        answers = yaml.safe_load(file.read_bytes()) if file.is_file() else {}
        stacks = [*answers.get("stacks", ()), stack]
        return f"python3 dev.py update --data 'stacks=[{','.join(stacks)}]'"

    def stack(self, name: str) -> StackSource:
        """Return a stack by its name, its file or its class.

        Raises:
            GenerateError: There is none; the message lists all.
        """
        wanted = _key(name)
        # A file may have several stacks, one of which has its name.
        for attribute in ("domain", "class_name", "module"):
            for stack in self.stacks:
                if _key(getattr(stack, attribute)) == wanted:
                    return stack
        known = ", ".join(stack.domain for stack in self.stacks) or "none"
        raise GenerateError(
            f"no stack is called {name!r}; stacks are {known}; `python3 dev.py add stack {name}` "
            "makes one"
        )

    def resources(self, kind: str) -> list[Resource]:
        """Return all resources of a kind, such as `Queue`, in the order of the stacks."""
        return [resource for stack in self.stacks for resource in _resources(stack, kind)]

    def has_consumer(self, queue: Resource) -> bool:
        """Return whether a queue has a consumer already; a message goes to one of several."""
        file = _parse(self.root / queue.stack.path, self.root)
        names = _consumed(file)
        local = {each.variable for each in queue.stack.constructs if each.id == queue.id}
        return bool(names & ({queue.expression, *local} - {None}))

    def resource(self, kind: str, name: str, *, remedy: str) -> Resource:
        """Return a resource by its id or its attribute, in any spelling.

        Args:
            kind: The name of its class, such as `Queue`.
            name: The name, or stack and name such as `messaging/Requests`.
            remedy: What makes one, for the error, such as `python3 dev.py add queue orders`.

        Raises:
            GenerateError: There is none, or several; the message lists those that there are.
        """
        known = self.resources(kind)
        found = [resource for resource in known if resource.is_called(name)]
        if len(found) == 1:
            return found[0]
        labels = ", ".join(resource.label for resource in found or known) or "none"
        if found:
            raise GenerateError(f"{name!r} can be any of {labels}: write stack/name")
        raise GenerateError(
            f"no {KINDS[kind]} is called {name!r}; there are: {labels}; `{remedy}` makes one"
        )

    def constructs(self, kind: str | None = None) -> list[Construct]:
        """Return all constructs of the kit's that stacks create, or those of a kind."""
        return [
            construct
            for stack in self.stacks
            for construct in stack.constructs
            if kind in {None, construct.kind}
        ]

    def routes(self) -> list[Route]:
        """Return the routes that all modules of `infrastructure/` add.

        Raises:
            GenerateError: One isn't Python.
        """
        files = sorted((self.root / INFRASTRUCTURE).rglob("*.py"))
        return [route for file in files for route in _routes(file, self.root)]

    def functions(self) -> dict[str, str]:
        """Return the ids of functions by the module of their handler below `service.handlers`."""
        return {
            handler: construct.id
            for construct in self.constructs(FUNCTION)
            if construct.id is not None and (handler := _handler(construct)) is not None
        }

    def only(self, kind: str, stack: StackSource | None, *, remedy: str) -> Resource:
        """Return the only resource of a kind, or the only one in a stack.

        Raises:
            GenerateError: There is none, or there are several.
        """
        known = self.resources(kind)
        here = [each for each in known if stack is not None and each.stack == stack]
        found = here or known
        if len(found) == 1:
            return found[0]
        if not found:
            raise GenerateError(f"the service has no {KINDS[kind]}: {remedy} adds one")
        labels = ", ".join(resource.label for resource in found)
        raise GenerateError(f"the service has {labels}: choose its stack by --stack")

    def entries(self, path: PurePosixPath, variable: str) -> dict[str, str]:
        """Return the code of a dictionary's values by that of its keys; empty if it is missing."""
        file = self.root / path
        if not file.is_file():
            return {}
        return {
            ast.unparse(key): ast.unparse(value)
            for each in _parse(file, self.root).body
            if isinstance(each, ast.Assign | ast.AnnAssign) and isinstance(each.value, ast.Dict)
            if variable in _targets(each)
            for key, value in zip(each.value.keys, each.value.values, strict=True)
            if key is not None
        }

    def depends_on(self, stack: StackSource, other: StackSource) -> bool:
        """Return whether a stack requires, directly or not, what another provides."""
        pending, seen = [stack], {stack.class_name}
        while pending:
            required = pending.pop().requires
            providers = [
                each
                for each in self.stacks
                if required.keys() & each.provides.keys() and each.class_name not in seen
            ]
            if other in providers:
                return True
            seen |= {each.class_name for each in providers}
            pending += providers
        return False

    def enum_members(self, path: PurePosixPath, class_name: str) -> dict[str, str]:
        """Return the values of an enumeration of strings by member; empty if it is missing."""
        file = self.root / path
        if not file.is_file():
            return {}
        return {
            target.id: ast.literal_eval(statement.value)
            for each in _parse(file, self.root).body
            if isinstance(each, ast.ClassDef) and each.name == class_name
            for statement in each.body
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }


def shape(route: str) -> tuple[str, ...]:
    """Return the method and the parts of the path of a route, in which a parameter has no name."""
    method, _, path = route.partition(" ")
    parts = path.strip("/").split("/")
    return (method, *("{}" if part.startswith("{") else part for part in parts))


def _key(text: str) -> str:
    """Return a name without spelling: `DeadOrders`, `dead-orders` and `dead_orders` are one."""
    return "".join(each for each in text.lower() if each.isalnum())


def _parse(path: Path, root: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise GenerateError(
            f"{path.relative_to(root)}, line {line}, isn't Python: fix it first"
        ) from None


def _stacks(path: Path, root: Path) -> Iterator[StackSource]:
    tree = _parse(path, root)
    imported = _imported_constructs(tree)
    stacks = _stack_classes(tree)
    for stack in stacks:
        others = [each for each in stacks if each is not stack]
        own = [each for each in tree.body if each not in others]
        constructor = _method(stack, "__init__")
        yield StackSource(
            path=PurePosixPath(path.relative_to(root).as_posix()),
            class_name=stack.name,
            domain=_domain(constructor) or path.stem,
            requires=_requires(constructor),
            provides=_provides(stack),
            constructs=tuple(_constructs(own, imported)),
            local_variables=dict(_local_variables(constructor)),
            order=_order(stack),
        )


def _stack_classes(tree: ast.Module) -> list[ast.ClassDef]:
    """Return the classes of stacks, also by a base class of the team's; `_Name` is such a class."""
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
            kind = imported.get(ast.unparse(call.func))
            # `Table(self, "Records", …)`, and no helper such as `function_target(function)`.
            if kind is None or not kind[0].isupper() or not call.args:
                continue
            yield Construct(
                kind=kind,
                id=_literal(call.args[1]) if len(call.args) > 1 else None,
                variable=_variable(statement, call),
                scope=scope,
                keywords={each.arg: ast.unparse(each.value) for each in call.keywords if each.arg},
            )


def _scoped(body: list[ast.stmt], scope: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """Return the statements without a body, each with the function around it."""
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
            helper = ast.unparse(call.func) if isinstance(call, ast.Call) else None
            yield from ((target, helper) for target in _targets(statement))


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [ast.unparse(target) for target in targets]


def _routes(path: Path, root: Path) -> Iterator[Route]:
    tree = _parse(path, root)
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
                    if each.kind == FUNCTION and (each.scope, each.variable) == (scope, variable)
                ),
                None,
            )
            yield Route(route, _handler(function) if function else None, file)


def _consumed(tree: ast.Module) -> set[str]:
    """Return what a file adds a consumer to; for an argument, what the function is called with."""
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


def _given(tree: ast.Module, function: str, parameters: list[str], name: str) -> set[str]:
    """Return what a function is called with for one of its parameters."""
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


def _handler(function: Construct) -> str | None:
    """Return `health` for `"service.handlers.health.handler"`."""
    code = function.keywords.get("handler", "")
    try:
        parts = str(ast.literal_eval(code)).split(".")
    except (SyntaxError, ValueError):
        return None
    return parts[-2] if len(parts) > 1 else None


def _resources(stack: StackSource, kind: str) -> Iterator[Resource]:
    created = [each for each in stack.constructs if each.kind == kind]
    provided = [name for name, annotation in stack.provides.items() if annotation == kind]
    for name in provided:
        # A helper may return it: `self.processing = add_state_machine(self, …)`.
        helper = stack.local_variables.get(f"self.{name}")
        own = next(
            (
                each
                for each in created
                if each.variable == f"self.{name}" or (helper and each.scope == helper)
            ),
            None,
        )
        if own is not None:
            created.remove(own)
        expression = f"self.{name}" if f"self.{name}" in stack.local_variables else None
        yield Resource(kind, stack, own.id if own else None, name, expression)
    for construct in created:
        known = construct.scope == "__init__" and construct.variable in stack.local_variables
        yield Resource(kind, stack, construct.id, None, construct.variable if known else None)
