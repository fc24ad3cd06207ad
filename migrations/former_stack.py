"""Rewrite a module with OFFERS, USES and `build(stage, service)` as a class of ServiceStack."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import libcst as cst
from libcst import matchers
from libcst.metadata import MetadataWrapper, PositionProvider

CONSTRUCTS = "aws_service_kit.constructs"
# By the attribute of `service`: the name since 2.1.0, its type, and the type's module.
RESOURCES = {
    "table": ("records", "Table", "table"),
    "queue": ("submissions", "Queue", "queue"),
    "topic": ("notifications", "Topic", "topic"),
    "reports": ("reports", "Bucket", "bucket"),
    "bus": ("events", "EventBus", "event_bus"),
    "workflow": ("processing", "StateMachine", "state_machine"),
    "api": ("api", "RestApi", "api"),
    "vpc": ("network", "Vpc", "vpc"),
    "alarm_topic": ("alarm_topic", "AlarmTopic", "alarm_topic"),
}
FIRST = {"vpc", "alarm_topic"}
NOT_IN_PREVIEWS = {"dashboard", "finops", "monitoring"}
# Attributes of `service` that its environment has too.
SAME = {
    "alarms",
    "bundle",
    "config",
    "functions",
    "key",
    "log_groups",
    "metrics_namespace",
    "name",
    "tags",
    "widgets",
}
SERVICE, STACK = "service", "stack"
UNDECIDED = "`{}` here may mean more than a construct's environment or a resource of another stack"


class FormerError(Exception):
    """A module can't be rewritten, because a line is ambiguous.

    Attributes:
        line: The line.
    """

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def as_class(text: str, module: str) -> str:
    """Rewrite a module.

    Args:
        text: Its source.
        module: Its name, without the package's.

    Raises:
        FormerError: A line is ambiguous.
        libcst.ParserSyntaxError: It isn't valid Python.
    """
    wrapper = MetadataWrapper(cst.parse_module(text))
    former = _Former(wrapper, module)
    return former.rewritten()


class _Former:
    """A module in the form before 2.1.0."""

    def __init__(self, wrapper: MetadataWrapper, module: str) -> None:
        self.tree = wrapper.module
        self.lines = wrapper.resolve(PositionProvider)
        self.name = module
        self.build = self._function("build")
        if [each.name.value for each in self.build.params.params] != ["stage", SERVICE]:
            raise self.error(self.build, "`build` takes other arguments than `stage` and `service`")
        self.offers = self._names("OFFERS")
        uses = self._names("USES")
        self.last = uses is None
        self.uses = uses or ()
        self.imported = _imported(self.tree)
        self.constructs = {
            name for name, source in self.imported.items() if source.startswith(f"{CONSTRUCTS}.")
        }

    def rewritten(self) -> str:
        """Return the module's new source."""
        self._reject_other_uses()
        rewriter = _Body(self)
        body = self.build.body.visit(rewriter)
        assert isinstance(body, cst.IndentedBlock)
        unread = [name for name in self.uses if name not in rewriter.read]
        if unread:
            raise self.error(self.build, f"USES has {unread[0]!r}, which `build` doesn't read")
        source = cst.Module([self._class(body, rewriter)]).code
        statements = [
            source if statement is self.build else self.tree.code_for_node(statement)
            for statement in self.tree.body
            if not _assigns(statement, {"OFFERS", "USES"})
        ]
        header = "".join(self.tree.code_for_node(line) for line in self.tree.header)
        return _imports(header + "".join(statements), self._needed())

    def error(self, node: cst.CSTNode, why: str) -> FormerError:
        """Return an error that names the line of a node."""
        return FormerError(self.lines[node].start.line, why)

    def undecided(self, node: cst.CSTNode, name: str = SERVICE) -> FormerError:
        """Return the error of an ambiguous use."""
        return self.error(node, UNDECIDED.format(name))

    def _function(self, name: str) -> cst.FunctionDef:
        for statement in self.tree.body:
            if isinstance(statement, cst.FunctionDef) and statement.name.value == name:
                return statement
        raise FormerError(1, f"there is no `{name}` at the module's top")

    def _names(self, variable: str) -> tuple[str, ...] | None:
        """Return the names in OFFERS or USES; None if they are all."""
        for statement in self.tree.body:
            if not _assigns(statement, {variable}):
                continue
            value = ast.parse(self.tree.code_for_node(statement).strip()).body[0]
            assert isinstance(value, ast.Assign | ast.AnnAssign)
            if isinstance(value.value, ast.Name) and value.value.id == "EVERYTHING":
                return None
            try:
                names = ast.literal_eval(value.value or "")
            except ValueError:
                names = None
            if names == ("*",):
                return None
            if isinstance(names, tuple) and set(names) <= RESOURCES.keys():
                return names
            raise self.error(statement, f"{variable} isn't a tuple of names that a service has")
        raise FormerError(1, f"there is no {variable}")

    def _reject_other_uses(self) -> None:
        """Reject functions other than `build` that use the service."""
        for statement in self.tree.body:
            if statement is self.build or matchers.matches(
                statement, matchers.SimpleStatementLine(body=[matchers.ImportFrom()])
            ):
                continue
            for found in matchers.findall(
                statement, matchers.Name(SERVICE) | matchers.Name("Service")
            ):
                raise self.undecided(found, getattr(found, "value", SERVICE))

    def _class(self, body: cst.IndentedBlock, rewriter: _Body) -> cst.ClassDef:
        statements = list(body.body)
        docstring = '"""The resources of this stack."""'
        if self.build.get_docstring() is not None:
            docstring = self.tree.code_for_node(statements.pop(0)).strip()
        flags = []
        if self.last or FIRST & set(self.offers or ()):
            flags.append(f"order = BuildOrder.{'LAST' if self.last else 'FIRST'}")
        if self.name in NOT_IN_PREVIEWS:
            flags.append("in_previews = False")
        provided = [": ".join(RESOURCES[name][:2]) for name in self.offers or ()]
        required = [
            f"{new}: {type_}" if name in rewriter.required else f"{new}: {type_} | None = None"
            for name, (new, type_, _) in RESOURCES.items()
            if name in self.uses
        ]
        arguments = ", ".join(
            ["self", "stage: Stage", "environment: ServiceEnvironment"]
            + (["*", *required] if required else [])
        )
        code = "".join(self.tree.code_for_node(statement) for statement in statements)
        lines = [
            f"class {''.join(part.title() for part in self.name.split('_'))}Stack(ServiceStack):",
            f"    {docstring}",
            "",
            *(f"    {line}" for line in (*flags, *provided)),
            "",
            f"    def __init__({arguments}) -> None:",
            textwrap.indent(textwrap.dedent(code), " " * 8) or "        pass\n",
        ]
        found = cst.parse_module("\n".join(lines)).body[0]
        assert isinstance(found, cst.ClassDef)
        return found.with_changes(leading_lines=self.build.leading_lines)

    def _needed(self) -> list[str]:
        names = {*self.uses, *(self.offers or ())}
        order = self.last or FIRST & set(self.offers or ())
        return [
            "from aws_cdk import Stage",
            f"from {CONSTRUCTS}.environment import ServiceEnvironment",
            f"from {CONSTRUCTS}.stack import {'BuildOrder, ' if order else ''}ServiceStack",
            *(
                f"from {CONSTRUCTS}.{RESOURCES[name][2]} import {RESOURCES[name][1]}"
                for name in names
            ),
        ]


class _Body(cst.CSTTransformer):
    """Rewrites the body of `build` as that of a constructor.

    Attributes:
        read: The resources of other stacks that are read.
        required: The resources that `require` reads.
    """

    def __init__(self, former: _Former) -> None:
        self.former = former
        self.read: set[str] = set()
        self.required: set[str] = set()
        self.meant: set[cst.CSTNode] = set()
        self.made = False
        self.stack = self._stack()
        # Names that the constructor's arguments have.
        self.taken = {"environment", "self", *(RESOURCES[name][0] for name in former.uses)}

    def _stack(self) -> str:
        """Return the name of the variable that holds the stack."""
        made = matchers.Assign(
            targets=[matchers.AssignTarget(target=matchers.Name())],
            value=matchers.Call(func=matchers.Name("ServiceStack")),
        )
        statements = [
            small
            for statement in self.former.build.body.body
            if isinstance(statement, cst.SimpleStatementLine)
            for small in statement.body
            if matchers.matches(small, made)
        ]
        everywhere = matchers.findall(
            self.former.build, matchers.Call(func=matchers.Name("ServiceStack"))
        )
        if len(statements) != 1 or len(everywhere) != 1:
            raise self.former.error(self.former.build, "`build` doesn't make one ServiceStack")
        (statement,) = statements
        assert isinstance(statement, cst.Assign)
        target = statement.targets[0].target
        assert isinstance(target, cst.Name)
        return target.value

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        """Reject a function within `build`."""
        raise self.former.error(node, "there is a function within `build`")

    def leave_Return(
        self, original_node: cst.Return, updated_node: cst.Return
    ) -> cst.Return | cst.RemovalSentinel:
        """Return nothing: a constructor's object is the stack."""
        if not matchers.matches(original_node.value or cst.Pass(), matchers.Name(self.stack)):
            raise self.former.error(original_node, "`build` returns something else than its stack")
        last = self.former.build.body.body[-1]
        if isinstance(last, cst.SimpleStatementLine) and original_node in last.body:
            return cst.RemoveFromParent()
        return updated_node.with_changes(
            value=None, whitespace_after_return=cst.SimpleWhitespace("")
        )

    def leave_Assign(
        self, original_node: cst.Assign, updated_node: cst.Assign
    ) -> cst.Assign | cst.Expr:
        """Create the stack by the constructor of the base class."""
        call = updated_node.value
        if not matchers.matches(
            original_node.value, matchers.Call(func=matchers.Name("ServiceStack"))
        ):
            return updated_node
        assert isinstance(call, cst.Call)
        return cst.Expr(call.with_changes(func=cst.parse_expression("super().__init__")))

    def visit_Call(self, node: cst.Call) -> None:
        """Find the arguments that pass the service to constructs and to `require`."""
        name = node.func.value if isinstance(node.func, cst.Name) else ""
        if name == "require" and self.former.imported.get(name, "").startswith(CONSTRUCTS):
            first = node.args[0].value if node.args else None
            if not matchers.matches(first or node, matchers.Attribute(matchers.Name(SERVICE))):
                raise self.former.undecided(node, "require")
            assert isinstance(first, cst.Attribute)
            self.required.add(first.attr.value)
        for argument in node.args:
            keyword = argument.keyword.value if argument.keyword else ""
            if (
                name in self.former.constructs
                and keyword == SERVICE
                and _is(argument.value, SERVICE)
            ):
                self.meant.add(argument.value)
            if keyword in {"environment", "self"} and _is(argument.value, SERVICE):
                raise self.former.undecided(argument)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """Drop `service=service`, and `require`."""
        name = original_node.func.value if isinstance(original_node.func, cst.Name) else ""
        if name == "require" and self.former.imported.get(name, "").startswith(CONSTRUCTS):
            return updated_node.args[0].value
        kept = [
            argument.with_changes(keyword=cst.Name("environment"), value=cst.Name("environment"))
            if before.value in self.meant
            else argument
            for before, argument in zip(original_node.args, updated_node.args, strict=True)
            if before.value not in self.meant or name == "ServiceStack"
        ]
        if kept and len(kept) < len(updated_node.args) and kept[-1] is not updated_node.args[-1]:
            kept[-1] = kept[-1].with_changes(comma=updated_node.args[-1].comma)
        return updated_node.with_changes(args=kept)

    def visit_Comparison(self, node: cst.Comparison) -> None:
        """Find `"name" in service.offered`."""
        if self._offered(node):
            found = node.comparisons[0].comparator
            assert isinstance(found, cst.Attribute)
            self.meant |= {found, found.value}

    def leave_Comparison(
        self, original_node: cst.Comparison, updated_node: cst.Comparison
    ) -> cst.BaseExpression:
        """Call `environment.provides` instead."""
        if not self._offered(original_node):
            return updated_node
        name = ast.literal_eval(self.former.tree.code_for_node(original_node.left))
        negated = isinstance(original_node.comparisons[0].operator, cst.NotIn)
        if name not in RESOURCES:
            raise self.former.undecided(original_node, "service.offered")
        return cst.parse_expression(
            f'{"not " * negated}environment.provides("{RESOURCES[name][0]}")'
        )

    def _offered(self, node: cst.Comparison) -> bool:
        return matchers.matches(
            node,
            matchers.Comparison(
                left=matchers.SimpleString(),
                comparisons=[
                    matchers.ComparisonTarget(
                        operator=matchers.In() | matchers.NotIn(),
                        comparator=matchers.Attribute(
                            matchers.Name(SERVICE), matchers.Name("offered")
                        ),
                    )
                ],
            ),
        )

    def visit_Attribute(self, node: cst.Attribute) -> None:
        """Find the attributes of the service that have an equivalent in a class."""
        if not _is(node.value, SERVICE) or node in self.meant:
            return
        name = node.attr.value
        if name in RESOURCES and name not in (self.former.offers or ()):
            if name not in self.former.uses:
                raise self.former.error(node, f"`service.{name}` isn't in USES")
            self.read.add(name)
        elif name not in {*SAME, *RESOURCES, "environment"}:
            raise self.former.undecided(node, f"service.{name}")
        self.meant.add(node.value)

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        """Replace it by a resource, or by an attribute of the environment."""
        if not _is(original_node.value, SERVICE):
            return updated_node.with_changes(attr=original_node.attr)
        name = original_node.attr.value
        if name not in RESOURCES:
            new = "settings" if name == "environment" else name
            return cst.parse_expression(f"environment.{new}")
        prefix = "self." if name in (self.former.offers or ()) else ""
        return cst.parse_expression(f"{prefix}{RESOURCES[name][0]}")

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        """Keep the names of keywords."""
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        """Rename the stack to `self`, and reject any other use of the service."""
        name = original_node.value
        if name == SERVICE and original_node not in self.meant:
            if self._is_a_name_of_something(original_node):
                return updated_node
            raise self.former.undecided(original_node)
        if name in self.taken and not self._is_a_name_of_something(original_node):
            raise self.former.undecided(original_node, name)
        if name == self.stack and not self._is_a_name_of_something(original_node):
            return updated_node.with_changes(value="self")
        return updated_node

    def _is_a_name_of_something(self, node: cst.Name) -> bool:
        """Return whether a name is that of an attribute or of a keyword."""
        return node in self._names

    @cached_property
    def _names(self) -> set[cst.CSTNode]:
        nodes = matchers.Attribute() | matchers.Arg(keyword=matchers.Name())
        found: set[cst.CSTNode] = set()
        for node in matchers.findall(self.former.build, nodes):
            if isinstance(node, cst.Attribute):
                found.add(node.attr)
            elif isinstance(node, cst.Arg) and node.keyword is not None:
                found.add(node.keyword)
        return found


def _is(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


def _assigns(statement: cst.CSTNode, names: set[str]) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    (small,) = statement.body
    targets: list[cst.BaseExpression] = []
    if isinstance(small, cst.Assign):
        targets = [each.target for each in small.targets]
    elif isinstance(small, cst.AnnAssign):
        targets = [small.target]
    return any(isinstance(target, cst.Name) and target.value in names for target in targets)


def _imported(tree: cst.Module) -> Mapping[str, str]:
    """Return the full name of each import at a module's top."""
    names = {}
    for node in ast.walk(ast.parse(tree.code)):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _imports(text: str, needed: Sequence[str]) -> str:
    """Add the imports of the class, and remove those that only the former module used."""
    lines = text.splitlines(keepends=True)
    tree = ast.parse(text)
    first = next(node.lineno for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))
    missing = [f"{line}\n" for line in needed]
    text = "".join([*lines[: first - 1], *missing, *lines[first - 1 :]])
    return "".join(_without_unused(text))


def _without_unused(text: str) -> Iterator[str]:
    """Remove unused imports of the packages that `build` used."""
    tree = ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    seen: set[str] = set()
    drop: dict[int, tuple[int, str]] = {}
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        ours = node.module == "aws_cdk" or node.module.startswith(CONSTRUCTS)
        full = {f"{node.module}.{alias.name} {alias.asname or ''}": alias for alias in node.names}
        kept = [
            alias
            for name, alias in full.items()
            if not ours or ((alias.asname or alias.name) in used and name not in seen)
        ]
        seen |= full.keys()
        if len(kept) < len(node.names):
            names = ", ".join(ast.unparse(alias) for alias in kept)
            line = f"from {node.module} import {names}\n" if kept else ""
            drop[node.lineno] = (node.end_lineno or node.lineno, line)
    number = 0
    lines = text.splitlines(keepends=True)
    while number < len(lines):
        number += 1
        end, line = drop.get(number, (number, lines[number - 1]))
        yield line
        number = end
