"""Rename attributes, methods and keyword arguments, by a table of the classes and functions.

An attribute is renamed if its class is known from the same file: from an annotation, a call of the
class, or `self`. A keyword is renamed in calls of imported functions and in the function's
definition. Other possible places are listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

import libcst as cst
from aws_service_kit.update.migrations import Leftover
from libcst.helpers import get_full_name_for_node

from migrations.references import BY_NAME, References
from migrations.rewriting import module_of, read, tracked, unread, write

Renames = Mapping[str, Mapping[str, str]]


# Compared by identity, so that results can be cached.
@dataclass(frozen=True, eq=False)
class Members:
    """The members to rename.

    Attributes:
        attributes: By the full name of a class, old attributes and methods to new ones.
        keywords: By the full name of a class, a function or a method, old keywords to new ones. An
            empty new one drops the argument.
        types: By the full name of a class, the classes of its attributes; by that of a function,
            under "()", the class of its result.
        canonical: Returns the current name of a module, or of a name in a module.
    """

    attributes: Renames = field(default_factory=dict)
    keywords: Renames = field(default_factory=dict)
    types: Renames = field(default_factory=dict)
    canonical: Callable[[str], str] = str

    def __post_init__(self) -> None:
        """Replace all names by current ones."""
        for name in ("attributes", "keywords", "types"):
            table = {self.canonical(key): each for key, each in getattr(self, name).items()}
            object.__setattr__(self, name, table)

    @property
    def old_attributes(self) -> set[str]:
        """All old names of attributes."""
        return {old for each in self.attributes.values() for old in each}

    @property
    def old_keywords(self) -> set[str]:
        """All old names of keywords."""
        return {old for each in self.keywords.values() for old in each}

    @property
    def packages(self) -> set[str]:
        """The packages of these classes and functions."""
        return {name.partition(".")[0] for name in (*self.attributes, *self.keywords)}

    @cached_property
    def named(self) -> re.Pattern[str]:
        """An old name as a word, without which a text needs no syntax tree."""
        names = sorted(self.old_attributes | self.old_keywords)
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, names)) or '(?!)'})\b")


def rename_members(
    root: Path, members: Members, *, files: Sequence[PurePosixPath] | None = None
) -> list[Leftover]:
    """Rename attributes, methods and keywords, and return places that may use one.

    Args:
        root: The service's folder, under git.
        members: The members to rename.
        files: The files to change; by default all files in git.
    """
    leftovers: list[Leftover] = []
    for file in tracked(root) if files is None else files:
        if file.suffix != ".py" or (text := read(root / file)) is None:
            continue
        module = module_of(file) or str(file)
        of_package = module.partition(".")[0] in members.packages
        if not members.named.search(text):
            continue
        if not of_package and not any(package in text for package in members.packages):
            continue
        try:
            new, listed = members_renamed(text, file, members)
        except cst.ParserSyntaxError:
            leftovers.append(unread(file))
            continue
        if new != text:
            write(root / file, new)
        leftovers += listed
    return leftovers


@cache
def members_renamed(
    text: str, file: PurePosixPath, members: Members
) -> tuple[str, tuple[Leftover, ...]]:
    """Rename members in a module's source.

    Results are cached, since most files are equal on both sides of a merge.

    Returns:
        The new source, and messages on manual work.

    Raises:
        libcst.ParserSyntaxError: The source isn't valid Python.
    """
    references = References(
        text,
        module_of(file) or str(file),
        is_package=file.stem == "__init__",
        canonical=members.canonical,
        types=members.types,
    )
    transformer = _Members(references, members)
    new = references.tree.visit(transformer).code
    lines = sorted(transformer.listed.items())
    return new, tuple(Leftover(str(file), line, text) for (line, text), _ in lines)


class _Members(cst.CSTTransformer):
    def __init__(self, references: References, members: Members) -> None:
        self.references = references
        self.members = members
        self.old_attributes = members.old_attributes
        self.old_keywords = members.old_keywords
        self.functions = {name.rpartition(".")[2] for name in members.keywords}
        # In the order in which they were found, each once.
        self.listed: dict[tuple[int, str], None] = {}
        # Parameters to their new names, and names that are no references.
        self.parameters: dict[cst.CSTNode, str] = {}
        self.skipped: set[cst.CSTNode] = set()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        """Find the parameters that are renamed."""
        owner = self.references.enclosing_class(node)
        name = f"{owner}.{node.name.value}" if owner else self.references.full_name(node)
        table = self.members.keywords.get(name or "", {})
        for each in (*node.params.params, *node.params.kwonly_params):
            if new := table.get(each.name.value):
                self.parameters[each] = new

    def visit_Attribute(self, node: cst.Attribute) -> None:
        """Take an attribute's name as no reference."""
        self.skipped.add(node.attr)

    def visit_Arg(self, node: cst.Arg) -> None:
        """Take a keyword as no reference."""
        if node.keyword:
            self.skipped.add(node.keyword)

    def visit_Param(self, node: cst.Param) -> None:
        """Take a parameter's name as no reference."""
        self.skipped.add(node.name)

    def leave_Param(self, original_node: cst.Param, updated_node: cst.Param) -> cst.Param:
        """Rename a parameter where it is defined."""
        new = self.parameters.get(original_node)
        return updated_node.with_changes(name=cst.Name(new)) if new else updated_node

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        """Rename a parameter where its function uses it."""
        scope = self.references.scope(original_node)
        if not self.parameters or original_node in self.skipped or scope is None:
            return updated_node
        bound = [getattr(each, "node", None) for each in scope[original_node.value]]
        names = {self.parameters.get(each) for each in bound if each is not None}
        new = names.pop() if len(names) == 1 and None not in bound else None
        return updated_node.with_changes(value=new) if new else updated_node

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        """Rename the attribute in `queue.attribute`."""
        name = original_node.attr.value
        if name not in self.old_attributes:
            return updated_node
        owner = self.references.class_of(original_node.value)
        # `Queue.attribute` is an attribute of the class itself.
        owner = owner or self._class(original_node.value)
        if owner is None:
            self._list_unless_elsewhere(original_node)
            return updated_node
        new = self._attribute(owner, name)
        return updated_node.with_changes(attr=cst.Name(new)) if new else updated_node

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        """Rename a method where it is defined or overridden."""
        new = self._defined(original_node, original_node.name.value)
        return updated_node.with_changes(name=cst.Name(new)) if new else updated_node

    def leave_AnnAssign(
        self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign
    ) -> cst.AnnAssign:
        """Rename an annotated field where it is defined."""
        target = original_node.target
        new = self._defined(target, target.value) if isinstance(target, cst.Name) else None
        return updated_node.with_changes(target=cst.Name(new)) if new else updated_node

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        """Rename keywords of a call."""
        self._list_names(original_node)
        function, given = self._function(original_node)
        old = [each for each in given if each.keyword]
        if not any(each.keyword.value in self.old_keywords for each in old if each.keyword):
            self._list_splat(original_node, function)
            return updated_node
        names = self.references.called(function)
        table = next(
            (self.members.keywords[name] for name in names if name in self.members.keywords), None
        )
        if table is None:
            self._list_unknown(original_node, function, names)
            return updated_node
        self._list_splat(original_node, function)
        return updated_node.with_changes(args=self._arguments(original_node, updated_node, table))

    def _arguments(
        self, original: cst.Call, updated: cst.Call, table: Mapping[str, str]
    ) -> list[cst.Arg]:
        present = {each.keyword.value for each in updated.args if each.keyword}
        result = []
        for argument in updated.args:
            old = argument.keyword.value if argument.keyword else ""
            new = table.get(old, old)
            if new != old and new in present:
                self._list(original, f"has both `{old}=` and `{new}=`, which are one")
                new = old
            if new:
                result.append(argument.with_changes(keyword=cst.Name(new)))
            elif not old:
                result.append(argument)
        if result and len(result) < len(updated.args):
            # The new last argument keeps the formatting of the old one.
            result[-1] = result[-1].with_changes(
                comma=updated.args[-1].comma,
                whitespace_after_arg=updated.args[-1].whitespace_after_arg,
            )
        return result

    def _function(self, call: cst.Call) -> tuple[cst.BaseExpression, Sequence[cst.Arg]]:
        """Return the called function and its arguments, also with `functools.partial`."""
        is_partial = self.references.full_name(call.func) == "functools.partial"
        if is_partial and call.args:
            return call.args[0].value, call.args[1:]
        return call.func, call.args

    def _class(self, node: cst.BaseExpression) -> str | None:
        name = self.references.full_name(node)
        if name is None:
            return None
        known = any(each in self.members.attributes for each in self.references.lineage(name))
        return name if known else None

    def _attribute(self, owner: str, name: str) -> str | None:
        for each in self.references.lineage(owner):
            if new := self.members.attributes.get(each, {}).get(name):
                return new
        return None

    def _defined(self, node: cst.CSTNode, name: str) -> str | None:
        if name not in self.old_attributes:
            return None
        owner = self.references.enclosing_class(node)
        return self._attribute(owner, name) if owner else None

    def _list_unless_elsewhere(self, node: cst.Attribute) -> None:
        name = node.attr.value
        owners = [each for each, table in self.members.attributes.items() if name in table]
        package = owners[0].partition(".")[0]
        if not self.references.is_elsewhere(node.value, unless_called_in=package):
            self._list(node, self._perhaps(name, owners))

    def _list_names(self, call: cst.Call) -> None:
        """Add a message on `getattr(queue, "attribute")` and similar calls."""
        function = get_full_name_for_node(call.func) or ""
        others = call.args[1:]
        if not others or function.rpartition(".")[2] not in BY_NAME:
            return
        name = others[0].value
        value = name.evaluated_value if isinstance(name, cst.SimpleString) else None
        if isinstance(value, str) and value in self.old_attributes:
            owners = [each for each, table in self.members.attributes.items() if value in table]
            self._list(call, self._perhaps(value, owners))

    def _list_unknown(
        self, call: cst.Call, function: cst.BaseExpression, names: Sequence[str]
    ) -> None:
        """Add a message on a call of a function that may be one in the table."""
        last = (get_full_name_for_node(function) or "").rpartition(".")[2]
        if names or last not in self.functions:
            return
        given = {each.keyword.value for each in call.args if each.keyword}
        for full, table in self.members.keywords.items():
            for old in given & table.keys():
                if full.rpartition(".")[2] == last:
                    self._list(call, _keyword(old, table[old], full))

    def _list_splat(self, call: cst.Call, function: cst.BaseExpression) -> None:
        """Add a message on `Queue(**arguments)` in a file with a keyword's old name as a string."""
        if not any(each.star == "**" for each in call.args):
            return
        for name in self.references.called(function):
            for old, new in self.members.keywords.get(name, {}).items():
                if any(f"{quote}{old}{quote}" in self.references.tree.code for quote in "\"'"):
                    self._list(call, _keyword(old, new, name))

    def _perhaps(self, name: str, owners: Sequence[str]) -> str:
        renames = {
            f"`{owner.rpartition('.')[2]}.{self.members.attributes[owner][name]}`"
            for owner in owners
        }
        return f"names `{name}`, which may be {' or '.join(sorted(renames))} now"

    def _list(self, node: cst.CSTNode, text: str) -> None:
        self.listed[self.references.line(node), text] = None


def _keyword(old: str, new: str, function: str) -> str:
    name = function.rpartition(".")[2]
    if not new:
        return f"may call `{name}` with the argument `{old}`, which is removed"
    return f"may call `{name}` with the argument `{old}`, which is `{new}` now"
