"""Rename modules and names in a team's code, by a table of whole names.

Python is rewritten as a syntax tree, TOML by a library that keeps its style. What only looks like
such a name, in prose, YAML or a longer string, is listed with file and line. Every function is
idempotent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import libcst as cst
import tomlkit
from libcst.codemod import CodemodContext
from libcst.codemod.commands.rename import RenameCommand
from libcst.helpers import get_full_name_for_node
from tomlkit.items import AbstractTable
from tooling.update.git import Git
from tooling.update.migrations import Leftover

# Folders in which Python finds modules, the more special ones first.
SOURCES = ("src", "")
READ = {".cfg", ".ini", ".md", ".toml", ".yaml", ".yml"}
DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+(?::[\w.]+)?")


@dataclass(frozen=True)
class Modules:
    """Which modules are renamed.

    Attributes:
        table: Old names to new ones, each of a whole module.
        others: The modules that keep their names, though they may lie below an old one.
    """

    table: Mapping[str, str]
    others: frozenset[str]

    def rename(self, dotted: str) -> str | None:
        """Rename a module, or something in a module; None if it isn't in one of the table."""
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            module = ".".join(parts[:length])
            if module in self.table:
                return ".".join([self.table[module], *parts[length:]])
            if module in self.others:
                return None
        return None


def rename_modules(root: Path, table: Mapping[str, str]) -> list[Leftover]:
    """Rewrite imports, references, and strings that are names of modules; list other mentions.

    Args:
        root: The service's folder, under git.
        table: Old modules to new ones. A module below one that is named isn't meant.
    """
    files = tracked(root)
    present = {name for file in files if (name := module_of(file))}
    modules = Modules(table, frozenset(present - table.keys()))
    leftovers = []
    for file in files:
        path = root / file
        if file.suffix not in {".py", *READ} or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            leftovers.append(Leftover(str(file), 1, "isn't UTF-8, so it wasn't read"))
            continue
        if any(old.rpartition(".")[2] in text for old in table):
            try:
                new = _rewritten(text, file, modules)
            except cst.ParserSyntaxError:
                leftovers.append(Leftover(str(file), 1, "isn't valid Python, so it wasn't read"))
                continue
            if new != text:
                path.write_text(new, encoding="utf-8")
            leftovers += mentions(str(file), new, table)
    return leftovers


def move_modules(root: Path, table: Mapping[str, str]) -> list[Leftover]:
    """Rename modules, and move their files to where the new names say.

    Args:
        root: The service's folder, under git.
        table: Old modules to new ones.
    """
    leftovers = rename_modules(root, table)
    for file in tracked(root):
        new = table.get(module_of(file) or "")
        if new and (root / file).is_file():
            source = next(source for source in SOURCES if file.is_relative_to(source))
            name = f"{new.replace('.', '/')}{'/__init__' if file.stem == '__init__' else ''}.py"
            target = root / source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (root / file).rename(target)
    return leftovers


def rename_names(root: Path, table: Mapping[str, str]) -> None:
    """Rename classes, functions and constants: imports and every reference to them.

    Args:
        root: The service's folder, under git.
        table: Old full names, such as `package.module.Name`, to new ones.
    """
    for file in tracked(root):
        path = root / file
        if file.suffix != ".py" or not path.is_file():
            continue
        text = new = path.read_text(encoding="utf-8")
        for old_name, new_name in table.items():
            if old_name.rpartition(".")[2] in new:
                command = RenameCommand(CodemodContext(), old_name=old_name, new_name=new_name)
                new = command.transform_module(cst.parse_module(new)).code
        if new != text:
            path.write_text(new, encoding="utf-8")


def mentions(file: str, text: str, table: Mapping[str, str]) -> Iterator[Leftover]:
    """List the places of a text that still name an old module, dotted or as a path.

    Of `package` and `package.module` only the longer one counts. A name without a dot is left out,
    since it may be any word.
    """
    named = sorted((old for old in table if "." in old), reverse=True)
    forms = "|".join(f"{re.escape(old)}|{re.escape(old.replace('.', '/'))}[.]py" for old in named)
    if not forms:
        return
    pattern = re.compile(rf"(?<![\w.])(?:{forms})(?!\w)")
    for number, line in enumerate(text.splitlines(), 1):
        for found in pattern.findall(line):
            old = found.removesuffix(".py").replace("/", ".")
            yield Leftover(file, number, f"names `{old}`, which is `{table[old]}` now")


def tracked(root: Path) -> list[PurePosixPath]:
    """List the files below a folder that git knows; through a link, others would be written.

    Raises:
        UpdateError: Git refuses.
    """
    names = map(PurePosixPath, Git(root).names("ls-files", "-z"))
    return [name for name in names if not (root / name).is_symlink()]


def module_of(file: PurePosixPath) -> str | None:
    """Give the name under which a file is imported; None if it isn't a module."""
    if file.suffix != ".py":
        return None
    source = next(source for source in SOURCES if file.is_relative_to(source))
    parts = file.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _rewritten(text: str, file: PurePosixPath, modules: Modules) -> str:
    if file.suffix == ".toml":
        return _tasks_renamed(text, modules)
    if file.suffix != ".py":
        return text
    tree = cst.parse_module(text)
    imported = _PlainImports()
    tree.visit(imported)
    package = (module_of(file) or "").split(".")
    if file.stem != "__init__":
        package = package[:-1]
    moved = module_of(file) in modules.table
    return tree.visit(_Rename(modules, imported.names, package, moves=moved)).code


class _PlainImports(cst.CSTVisitor):
    """Collects what `import a.b.c` names, since only then `a.b.c` refers to that module."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_Import(self, node: cst.Import) -> None:
        self.names |= {alias.evaluated_name for alias in node.names if alias.asname is None}


class _Rename(cst.CSTTransformer):
    def __init__(
        self, modules: Modules, imported: set[str], package: Sequence[str], *, moves: bool
    ) -> None:
        self.modules = modules
        self.imported = imported
        self.package = package
        self.moves = moves

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine]:
        """Put what one `from` imported from one package into a statement for each new package."""
        body: list[cst.BaseSmallStatement] = []
        for statement in updated_node.body:
            body += (
                self._imports(statement) if isinstance(statement, cst.ImportFrom) else [statement]
            )
        if len(body) == len(updated_node.body):
            return updated_node.with_changes(body=body)
        first, *others = body
        return cst.FlattenSentinel(
            [
                updated_node.with_changes(body=[first]),
                *(cst.SimpleStatementLine(body=[each]) for each in others),
            ]
        )

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import:
        """Rename in `import a.b.c`."""
        return updated_node.with_changes(
            names=[
                alias.with_changes(name=_dotted(new))
                if (new := self.modules.table.get(alias.evaluated_name))
                else alias
                for alias in updated_node.names
            ]
        )

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        """Rename the module in `a.b.c.name`."""
        name = get_full_name_for_node(original_node)
        new = self.modules.table.get(name) if name in self.imported else None
        return _dotted(new) if new else updated_node

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        """Rename in a string that is as a whole the name of a module or of something in one."""
        value = updated_node.evaluated_value
        if not isinstance(value, str) or not DOTTED.fullmatch(value):
            return updated_node
        module, colon, attribute = value.partition(":")
        new = self.modules.table.get(module) if colon else self.modules.rename(module)
        if new is None or value not in updated_node.value:
            return updated_node
        text = updated_node.value.replace(value, f"{new}{colon}{attribute}")
        return updated_node.with_changes(value=text)

    def _imports(self, node: cst.ImportFrom) -> list[cst.ImportFrom]:
        source = self._absolute(node)
        new_source = self.modules.table.get(source)
        if new_source is None and self.moves and node.relative:
            new_source = source  # a relative import leads elsewhere from the new place
        if isinstance(node.names, cst.ImportStar):
            return [node if new_source is None else _from(node, new_source, node.names)]
        moved: dict[str, list[cst.ImportAlias]] = {}
        for alias in node.names:
            target = self.modules.table.get(f"{source}.{alias.evaluated_name}")
            package, _, name = (target or "").rpartition(".")
            moved.setdefault(package, []).append(_renamed(alias, name) if target else alias)
        if set(moved) == {""}:
            return [node if new_source is None else _from(node, new_source, node.names)]
        kept = moved.pop("", [])
        statements = [_from(node, package, names) for package, names in moved.items()]
        if kept and new_source:
            return [_from(node, new_source, kept), *statements]
        return [*([node.with_changes(names=_ended(kept))] if kept else []), *statements]

    def _absolute(self, node: cst.ImportFrom) -> str:
        module = get_full_name_for_node(node.module) if node.module else None
        if not node.relative:
            return module or ""
        package = self.package[: len(self.package) - len(node.relative) + 1]
        return ".".join([*package, *([module] if module else [])])


def _renamed(alias: cst.ImportAlias, name: str) -> cst.ImportAlias:
    """Import a module by its new name, bound to the name that the code knows."""
    if name == alias.evaluated_name:
        return alias
    bound = alias.asname or cst.AsName(cst.Name(alias.evaluated_name))
    return alias.with_changes(name=cst.Name(name), asname=bound)


def _from(
    node: cst.ImportFrom, module: str, names: Sequence[cst.ImportAlias] | cst.ImportStar
) -> cst.ImportFrom:
    return node.with_changes(
        module=_dotted(module),
        relative=(),
        names=names if isinstance(names, cst.ImportStar) else _ended(names),
        whitespace_after_from=cst.SimpleWhitespace(" "),
    )


def _ended(names: Sequence[cst.ImportAlias]) -> list[cst.ImportAlias]:
    """Let no comma follow the last name."""
    *others, last = names
    return [*others, last.with_changes(comma=cst.MaybeSentinel.DEFAULT)]


def _dotted(name: str) -> cst.Name | cst.Attribute:
    node = cst.parse_expression(name)
    if not isinstance(node, cst.Name | cst.Attribute):
        raise TypeError(f"{name} isn't the name of a module.")
    return node


def _tasks_renamed(text: str, modules: Modules) -> str:
    """Rename in poe tasks: `script = "module:function"`, and `python -m module` in a command."""
    content = tomlkit.parse(text)
    poe = content.get("tool", {}).get("poe", {}) if "tool" in content else content
    _rename_in(poe.get("tasks", {}), modules)
    return tomlkit.dumps(content)


def _rename_in(table: object, modules: Modules) -> None:
    entries: list[tuple[object, object]] = []
    if isinstance(table, AbstractTable | dict):
        entries = list(table.items())
    elif isinstance(table, list):
        entries = list(enumerate(table))
    for key, value in entries:
        if not isinstance(value, str):
            _rename_in(value, modules)
            continue
        new = _script(value, modules) if key == "script" else _command(value, modules)
        if new != value:
            table[key] = new  # type: ignore[index] # a table or an array


def _script(text: str, modules: Modules) -> str:
    module, colon, function = text.partition(":")
    return f"{modules.table.get(module, module)}{colon}{function}"


def _command(text: str, modules: Modules) -> str:
    words = re.split(r"(\s+)", text)
    for place, word in enumerate(words):
        if place > 1 and words[place - 2] == "-m":
            words[place] = modules.table.get(word, word)
    return "".join(words)
