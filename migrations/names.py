"""Rename classes, functions and constants within their modules, in one module's source."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping

import libcst as cst
from libcst.helpers import get_full_name_for_node

from migrations.references import BY_NAME, References


def in_place(text: str, module: str, table: Mapping[str, str], *, is_package: bool = False) -> str:
    """Rename definitions, imports, references and strings with full names in a module.

    If the module uses the new name for something else, the import is bound to the old name.

    Args:
        text: The module's source.
        module: Its full name.
        table: Old full names to new ones in the same module.
        is_package: The module is an `__init__.py`.

    Raises:
        libcst.ParserSyntaxError: The source isn't valid Python.
    """
    references = References(text, module, is_package=is_package)
    return references.tree.visit(_InPlace(references, table)).code


def bound_by_new_names(text: str, module: str, table: Mapping[str, str]) -> str:
    """Shorten `from package import new as old` to `new`, if nothing else is called `new`.

    Args:
        text: The module's source.
        module: Its full name.
        table: Old modules to new ones; imports already have the new ones.

    Raises:
        libcst.ParserSyntaxError: The source isn't valid Python.
    """
    last = {new: old.rpartition(".")[2] for old, new in table.items()}
    if not any(f" as {old}" in text for old in last.values()):
        return text
    references = References(text, module)
    return references.tree.visit(_Rebound(references, last)).code


class _Referring(cst.CSTTransformer):
    """Knows which names of a module are references.

    Attributes:
        references: References of expressions.
        taken: New names that the module uses for something else.
        skipped: Nodes that aren't references, such as the name of an attribute.
    """

    def __init__(self, references: References, new: Iterable[str]) -> None:
        self.references = references
        self.taken = references.taken(new)
        self.skipped: set[cst.CSTNode] = set()

    def visit_Attribute(self, node: cst.Attribute) -> None:
        """Skip an attribute's name, which isn't a reference."""
        self.skipped.add(node.attr)

    def visit_Arg(self, node: cst.Arg) -> None:
        """Skip a keyword, which isn't a reference."""
        if node.keyword:
            self.skipped.add(node.keyword)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        """Skip the names of an import, which `leave_ImportFrom` renames."""
        return False

    def visit_Import(self, node: cst.Import) -> bool:
        """Skip imports of modules."""
        return False

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom:
        """Rename the name in `from module import name`."""
        if isinstance(updated_node.names, cst.ImportStar):
            return updated_node
        source = self.references.imported_from(original_node)
        return updated_node.with_changes(
            names=[self.alias(source, each) for each in updated_node.names]
        )

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        """Rename a definition or a reference."""
        if original_node in self.skipped:
            return updated_node
        new = self.new(original_node, original_node.value)
        return updated_node.with_changes(value=new) if new else updated_node

    @abstractmethod
    def alias(self, source: str, alias: cst.ImportAlias) -> cst.ImportAlias:
        """Rename a name of an import."""

    @abstractmethod
    def new(self, node: cst.Name | str, name: str) -> str | None:
        """Return the new name of a reference, if it is renamed."""


class _Rebound(_Referring):
    def __init__(self, references: References, table: Mapping[str, str]) -> None:
        super().__init__(references, table)
        # Old last names by new full ones.
        self.table = table

    def alias(self, source: str, alias: cst.ImportAlias) -> cst.ImportAlias:
        new = alias.evaluated_name
        old = self.table.get(f"{source}.{new}")
        if old is None or alias.evaluated_alias != old or new in self.taken:
            return alias
        return alias.with_changes(asname=None)

    def new(self, node: cst.Name | str, name: str) -> str | None:
        full = self.references.full_name(node) or ""
        new = full.rpartition(".")[2]
        return new if self.table.get(full) == name and new not in self.taken else None


class _InPlace(_Referring):
    def __init__(self, references: References, table: Mapping[str, str]) -> None:
        super().__init__(references, table.values())
        self.table = table

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        """Rename the name in `module.Name`."""
        name = original_node.attr.value
        full = self.references.full_name(original_node)
        if full and full in self.table and full.endswith(f".{name}"):
            new = self.table[full].rpartition(".")[2]
            return updated_node.with_changes(attr=cst.Name(new))
        return updated_node

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        """Rename a string with a full name, as in `setattr("package.module.Name", …)`."""
        value = original_node.raw_value
        for old, new in self.table.items():
            found = re.fullmatch(rf"{re.escape(old)}((?:[.][\w.]+)?)", value)
            module, _, name = old.rpartition(".")
            if found or value == f"{module}:{name}":
                text = f"{new}{found[1]}" if found else ":".join(new.rsplit(".", 1))
                return updated_node.with_changes(
                    value=f"{original_node.prefix}{original_node.quote}{text}{original_node.quote}"
                )
        return updated_node

    def leave_Annotation(
        self, original_node: cst.Annotation, updated_node: cst.Annotation
    ) -> cst.Annotation:
        """Rename in a string annotation."""
        text = original_node.annotation
        if not isinstance(text, cst.SimpleString):
            return updated_node
        return updated_node.with_changes(annotation=self._quoted(text))

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        """Rename in the text that `cast` takes for a type, or `setattr` for a name."""
        function = (get_full_name_for_node(original_node.func) or "").split(".")[-1]
        if function in BY_NAME and len(original_node.args) > 1:
            return self._by_name(original_node, updated_node)
        if function != "cast" or not original_node.args:
            return updated_node
        first, *others = updated_node.args
        if not isinstance(first.value, cst.SimpleString):
            return updated_node
        return updated_node.with_changes(
            args=[first.with_changes(value=self._quoted(first.value)), *others]
        )

    def _by_name(self, original: cst.Call, updated: cst.Call) -> cst.Call:
        """Rename in `monkeypatch.setattr(module, "name", value)`."""
        module = self.references.full_name(original.args[0].value)
        first, second, *others = updated.args
        text = second.value
        if module is None or not isinstance(text, cst.SimpleString):
            return updated
        new = self.table.get(f"{module}.{text.raw_value}", "").rpartition(".")[2]
        if not new:
            return updated
        text = text.with_changes(value=f"{text.prefix}{text.quote}{new}{text.quote}")
        return updated.with_changes(args=[first, second.with_changes(value=text), *others])

    def _quoted(self, text: cst.SimpleString) -> cst.SimpleString:
        def renamed(found: re.Match[str]) -> str:
            return self.new(found[0], found[0]) or found[0]

        return text.with_changes(value=re.sub(r"(?<![\w.])[^\W\d]\w*", renamed, text.value))

    def new(self, node: cst.Name | str, name: str) -> str | None:
        full = self.references.full_name(node)
        if full is None or full not in self.table or not full.endswith(f".{name}"):
            return None
        new = self.table[full].rpartition(".")[2]
        return None if new in self.taken else new

    def alias(self, source: str, alias: cst.ImportAlias) -> cst.ImportAlias:
        old = alias.evaluated_name
        full = self.table.get(f"{source}.{old}")
        if full is None:
            return alias
        new = full.rpartition(".")[2]
        bound = alias.asname
        if bound is None and new in self.taken:
            bound = cst.AsName(cst.Name(old))
        return alias.with_changes(name=cst.Name(new), asname=bound)
