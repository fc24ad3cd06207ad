"""Resolve the expressions of a Python module: full names, classes of instances, called functions.

It reads only this file, as a type checker without other files: imports, annotations, calls of
classes and functions, attributes of `self`. The result is `None` if it can't be decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import libcst as cst
from libcst.helpers import get_full_name_for_node
from libcst.metadata import (
    ImportAssignment,
    MetadataWrapper,
    PositionProvider,
    QualifiedNameSource,
    Scope,
    ScopeProvider,
)

# The class of `None`, which says nothing about a variable's other values.
NOTHING = "None"
# Annotations that wrap another one.
WRAPPERS = {"typing.Annotated", "typing.ClassVar", "typing.Final", "typing.Optional"}
# Packages of a service, whose objects may be instances of any class.
LOCAL = {"infrastructure", "operations", "service", "tests", "tooling"}
# Functions whose second argument is the name of an attribute.
BY_NAME = {"delattr", "getattr", "hasattr", "setattr"}
# The key of a function's result in a table of types, in place of an attribute.
RESULT = "()"
LITERALS = (cst.BaseDict, cst.BaseList, cst.BaseNumber, cst.BaseString, cst.Tuple)


@dataclass(frozen=True)
class Source:
    """The source of a variable's type: its annotation, its value, or a class itself."""

    annotation: cst.BaseExpression | None = None
    value: cst.BaseExpression | None = None
    instance_of: str | None = None


class References:
    """The references of a module's expressions.

    Attributes:
        tree: The module; methods accept only its nodes.
        bases: Full names of the bases of each class in the module.
    """

    def __init__(
        self,
        text: str,
        module: str,
        *,
        is_package: bool = False,
        canonical: Callable[[str], str] = str,
        types: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Read a module.

        Args:
            text: The source.
            module: The module's full name.
            is_package: The module is an `__init__.py`.
            canonical: Returns the current name of a possibly renamed name.
            types: Classes of the attributes of other modules' classes.

        Raises:
            libcst.ParserSyntaxError: The source isn't valid Python.
        """
        wrapper = MetadataWrapper(cst.parse_module(text))
        self.tree = wrapper.module
        self.module = module
        self.bases: dict[str, list[str]] = {}
        self._package = module.split(".") if is_package else module.split(".")[:-1]
        self._canonical = canonical
        self._types = types or {}
        self._scopes = wrapper.resolve(ScopeProvider)
        self._positions = wrapper.resolve(PositionProvider)
        self._busy: set[int] = set()
        self._sources = _Sources(self)
        self.tree.visit(self._sources)

    def line(self, node: cst.CSTNode) -> int:
        """Return the number of a node's line, from 1."""
        return self._positions[node].start.line

    def scope(self, node: cst.CSTNode) -> Scope | None:
        """Return a node's scope."""
        return self._scopes.get(node)

    def full_name(self, node: cst.CSTNode | str) -> str | None:
        """Return the full name of an import or definition; a string is a name in the module."""
        scope = self.scope(self.tree if isinstance(node, str) else node)
        if scope is None or get_full_name_for_node(node) is None:
            return None
        return self._only(scope, node)

    def imported_from(self, node: cst.ImportFrom) -> str:
        """Return the full name of the module in `from module import …`."""
        module = get_full_name_for_node(node.module) if node.module else ""
        return self._absolute(f"{'.' * len(node.relative)}{module}").rstrip(".")

    def taken(self, full_names: Iterable[str]) -> set[str]:
        """Return the last parts of full names that the module uses for something else."""
        full = {name.rpartition(".")[2]: name for name in full_names}
        return {
            each.name
            for scope in set(self._scopes.values())
            if scope is not None
            for each in scope.assignments
            if each.name in full
            and not (
                isinstance(each, ImportAssignment)
                and self._only(scope, each.name) == self._canonical(full[each.name])
            )
        }

    def is_elsewhere(self, node: cst.BaseExpression, *, unless_called_in: str) -> bool:
        """Return whether an expression is from a library, so it isn't an instance of our classes.

        Args:
            node: The expression.
            unless_called_in: A package whose functions may return such an instance.
        """
        local = LOCAL
        if isinstance(node, cst.Call):
            node, local = node.func, {*LOCAL, unless_called_in}
        scope = self.scope(node)
        if scope is None or not isinstance(node, cst.Name | cst.Attribute):
            return False
        found = scope.get_qualified_names_for(node)
        return bool(found) and all(
            each.source is QualifiedNameSource.BUILTIN
            or (
                each.source is QualifiedNameSource.IMPORT
                and self._absolute(each.name).partition(".")[0] not in local
            )
            for each in found
        )

    def class_of(self, node: cst.BaseExpression) -> str | None:
        """Return the full name of an expression's class."""
        if id(node) in self._busy:
            return NOTHING
        self._busy.add(id(node))
        try:
            return self._class_of(node)
        finally:
            self._busy.discard(id(node))

    def lineage(self, name: str) -> Iterator[str]:
        """Return a class and its bases, as far as this module defines them."""
        yield name
        for base in self.bases.get(name, ()):
            if base != name:
                yield from self.lineage(base)

    def called(self, node: cst.BaseExpression) -> list[str]:
        """Return the full names of a called function, or of the class that is constructed."""
        if isinstance(node, cst.Attribute):
            owner = self.class_of(node.value)
            if owner:
                names = [f"{each}.{node.attr.value}" for each in self.lineage(owner)]
                return [name.removesuffix(".__init__") for name in names]
        name = self.full_name(node)
        if name is None:
            return []
        constructs = (name, "__init__") in self._sources.fields
        return [name] if constructs else list(self.lineage(name))

    def enclosing_class(self, node: cst.CSTNode) -> str | None:
        """Return the full name of the class of a definition."""
        scope = self.scope(node)
        owner = getattr(scope, "node", None)
        return self.full_name(owner) if isinstance(owner, cst.ClassDef) else None

    def _only(self, scope: Scope, node: cst.CSTNode | str) -> str | None:
        names = set()
        for each in scope.get_qualified_names_for(node):
            if each.source is QualifiedNameSource.IMPORT:
                names.add(self._absolute(each.name))
            elif each.source is QualifiedNameSource.BUILTIN:
                names.add(each.name)
            elif self._is_defined(scope, node, each.name):
                names.add(f"{self.module}.{each.name}")
            else:
                return None
        return self._canonical(names.pop()) if len(names) == 1 else None

    @staticmethod
    def _is_defined(scope: Scope, node: cst.CSTNode | str, name: str) -> bool:
        """Return whether a name is a class, a function or a variable of the module."""
        root = (node if isinstance(node, str) else get_full_name_for_node(node) or "").split(".")
        bound = [getattr(each, "node", None) for each in scope[root[0]]]
        if all(isinstance(each, cst.ClassDef | cst.FunctionDef) for each in bound):
            return True
        return len(root) == 1 and "<locals>" not in name

    def _absolute(self, name: str) -> str:
        dots = len(name) - len(name.lstrip("."))
        if not dots:
            return name
        return ".".join([*self._package[: len(self._package) - dots + 1], name[dots:]])

    def _class_of(self, node: cst.BaseExpression) -> str | None:
        found = None
        if isinstance(node, cst.Name):
            found = NOTHING if node.value == "None" else self._variable(node)
        elif isinstance(node, cst.Attribute):
            owner = self.class_of(node.value)
            found = self._field(owner, node.attr.value) if owner else None
        elif isinstance(node, cst.Call):
            found = self._result(node)
        elif isinstance(node, cst.IfExp):
            found = self._agreed(map(self.class_of, (node.body, node.orelse)))
        elif isinstance(node, cst.NamedExpr):
            found = self.class_of(node.value)
        elif isinstance(node, LITERALS):
            found = "builtins.object"
        return found

    def _variable(self, node: cst.Name) -> str | None:
        scope = self.scope(node)
        bound = (getattr(each, "node", node) for each in (scope[node.value] if scope else ()))
        return self._agreed(self._of(self._sources.variables.get(each)) for each in bound)

    def _result(self, node: cst.Call) -> str | None:
        if isinstance(node.func, cst.Name) and node.func.value == "super":
            owner = self._around(node)
            bases = self.bases.get(owner, []) if owner else []
            return bases[0] if bases else None
        names = self.called(node.func)
        for name in names:
            if name in self._sources.returns:
                return self._annotated(self._sources.returns[name])
            if RESULT in self._types.get(name, {}):
                return self._canonical(self._types[name][RESULT])
        if not names:
            return None
        return names[0] if names[0].rpartition(".")[2][:1].isupper() else None

    def _around(self, node: cst.CSTNode) -> str | None:
        """Return the class of the method around a node."""
        scope = self.scope(node)
        while scope is not None and scope is not scope.parent:
            owner = getattr(scope, "node", None)
            if isinstance(owner, cst.ClassDef):
                return self.full_name(owner)
            scope = scope.parent
        return None

    def _field(self, owner: str, name: str) -> str | None:
        for each in self.lineage(owner):
            if sources := self._sources.fields.get((each, name)):
                return self._agreed(map(self._of, sources))
            if name in self._types.get(each, {}):
                return self._canonical(self._types[each][name])
            if result := self._sources.returns.get(f"{each}.{name}"):
                # A property. A method is harmless here, since it has no attributes.
                return self._annotated(result)
        return None

    def _of(self, source: Source | None) -> str | None:
        if source is None:
            return None
        if source.instance_of:
            return source.instance_of
        if source.annotation is not None:
            return self._annotated(source.annotation)
        return self.class_of(source.value) if source.value is not None else None

    def _annotated(self, node: cst.BaseExpression) -> str | None:
        match node:
            case cst.SimpleString():
                return self._quoted(str(node.evaluated_value))
            case cst.BinaryOperation(operator=cst.BitOr()):
                return self._agreed(map(self._annotated, (node.left, node.right)))
            case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Index(value=inner)), *_]):
                outer = self.full_name(node.value)
                return self._annotated(inner) if outer in WRAPPERS else outer
            case cst.Name(value="None"):
                return NOTHING
        return self.full_name(node)

    def _quoted(self, text: str) -> str | None:
        """Parse a string annotation, with the module's names."""
        names = {name.strip() for name in text.split("|")} - {"None"}
        return self.full_name(names.pop()) if len(names) == 1 else None

    @staticmethod
    def _agreed(classes: Iterator[str | None]) -> str | None:
        found = set(classes) - {NOTHING}
        return found.pop() if len(found) == 1 else None


class _Sources(cst.CSTVisitor):
    """Collects the sources of types of variables, fields and results.

    Attributes:
        variables: Sources by the name or parameter that binds a variable.
        fields: Sources by the class's full name and the field's name.
        returns: Annotations of results, by the function's full name.
    """

    def __init__(self, references: References) -> None:
        self.references = references
        self.variables: dict[cst.CSTNode, Source] = {}
        self.fields: dict[tuple[str, str], list[Source]] = {}
        self.returns: dict[str, cst.BaseExpression] = {}
        # The enclosing class, and the name of `self` in its methods.
        self.classes: list[str] = []
        self.selves: list[tuple[str, str]] = []

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        references = self.references
        name = references.full_name(node) or node.name.value
        self.classes.append(name)
        bases = (references.full_name(each.value) for each in node.bases)
        references.bases[name] = [base for base in bases if base]

    def leave_ClassDef(self, original_node: cst.ClassDef) -> None:
        self.classes.pop()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        references = self.references
        owner = references.enclosing_class(node)
        name = f"{owner}.{node.name.value}" if owner else references.full_name(node)
        if node.returns and name:
            self.returns[name] = node.returns.annotation
        parameters = (*node.params.posonly_params, *node.params.params)
        static = any(
            get_full_name_for_node(each.decorator) == "staticmethod" for each in node.decorators
        )
        if owner:
            if node.name.value == "__init__":
                self.fields.setdefault((owner, "__init__"), [])
            if parameters and not static:
                first = parameters[0]
                self.variables[first] = Source(instance_of=owner)
                self.selves.append((first.name.value, owner))
                return
        self.selves.append(self.selves[-1] if self.selves else ("", ""))

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:
        self.selves.pop()

    def visit_Param(self, node: cst.Param) -> None:
        if node.annotation and not node.star:
            self._variable(node, Source(annotation=node.annotation.annotation))

    def visit_Assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            self._target(target.target, Source(value=node.value))

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._target(node.target, Source(annotation=node.annotation.annotation))

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._target(node.target, Source(value=node.value))

    def visit_With(self, node: cst.With) -> None:
        for item in node.items:
            if item.asname and isinstance(item.asname.name, cst.Name):
                self._variable(item.asname.name, Source(value=item.item))

    def _target(self, target: cst.BaseExpression, source: Source) -> None:
        if isinstance(target, cst.Name):
            self._variable(target, source)
            owner = self.references.enclosing_class(target)
            if owner:
                self._field(owner, target.value, source)
        elif isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
            name, owner = self.selves[-1] if self.selves else ("", "")
            if name == target.value.value and owner:
                self._field(owner, target.attr.value, source)

    def _variable(self, node: cst.CSTNode, source: Source) -> None:
        self.variables.setdefault(node, source)

    def _field(self, owner: str, name: str, source: Source) -> None:
        self.fields.setdefault((owner, name), []).append(source)
