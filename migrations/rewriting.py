"""Rename modules and names in a team's code, by a table of full names.

Python is rewritten as a syntax tree, and TOML by a library that keeps its style. In an INI file, a
name is a line or a section of mypy; in Markdown, a code span; in other texts, the argument of
`python -m`. Other places with such a name, in prose, YAML or a longer string, are listed with file
and line. Every function is idempotent.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

import libcst as cst
import tomlkit
from aws_service_kit.update.git import Git
from aws_service_kit.update.migrations import Leftover
from libcst.codemod import CodemodContext
from libcst.codemod.commands.rename import RenameCommand
from libcst.helpers import get_full_name_for_node
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable

from migrations.names import in_place

# Folders of Python's module search path, the more specific ones first.
SOURCES = ("kit/src", "guidelines/src", "src", "")
# Folders of packages; other packages stay in their folders.
FOLDERS = {
    "aws_guidelines": "guidelines/src",
    "aws_service_kit": "kit/src",
    "infrastructure": "",
    "operations": "",
    "service": "src",
    "tests": "",
    "tooling": "",
}
INI = {".cfg", ".importlinter", ".ini"}
READ = {*INI, ".md", ".toml", ".yaml", ".yml"}
LINE = re.compile(
    r"^(?P<before>[ \t]+|\[mypy-)(?P<name>[\w.]+)(?P<after>\]?[ \t]*\r?)$", re.MULTILINE
)
SPAN = re.compile(r"(?P<before>(?<!`)`)(?P<name>[\w.]+)(?P<after>`(?!`))")
FORMS = {**dict.fromkeys(INI, LINE), ".md": SPAN}
# A command that runs a module.
RUN = re.compile(r"(\bpython3? +-m +)([\w.]+)")
DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+(?::[\w.]+)?")


@dataclass(frozen=True)
class Modules:
    """The modules to rename.

    Attributes:
        table: Old names of modules to new ones.
        others: Modules below an old name that keep their names.
    """

    table: Mapping[str, str]
    others: frozenset[str]

    def __hash__(self) -> int:
        """Return a hash for caching, since most files are equal on both sides of a merge."""
        return hash((len(self.table), self.others))

    def rename(self, dotted: str) -> str | None:
        """Return the new name of a module or of a name in one; None if it isn't in the table."""
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            module = ".".join(parts[:length])
            if module in self.table:
                return ".".join([self.table[module], *parts[length:]])
            if module in self.others:
                return None
        return None


def rename_modules(
    root: Path,
    table: Mapping[str, str],
    *,
    list_mentions: bool = True,
    files: Sequence[PurePosixPath] | None = None,
) -> list[Leftover]:
    """Rewrite imports, references, and strings with names of modules; return other mentions.

    Args:
        root: The service's folder, under git.
        table: Old modules to new ones, without the modules below them.
        list_mentions: Return other mentions, in addition to unreadable files.
        files: The files to change; by default all files in git.
    """
    known = tracked(root)
    modules = Modules(table, others(known, table))
    leftovers = []
    for file in known if files is None else files:
        path = root / file
        if suffix_of(file) not in {".py", *READ} or not path.is_file():
            continue
        text = read(path)
        if text is None:
            leftovers.append(Leftover(str(file), 1, "isn't UTF-8, so it wasn't read"))
            continue
        if any(old.rpartition(".")[2] in text for old in table):
            try:
                new = _rewritten(text, file, modules)
            except (cst.ParserSyntaxError, TOMLKitError):
                leftovers.append(unread(file))
                continue
            if new != text:
                write(path, new)
            if list_mentions:
                leftovers += mentions(str(file), new, modules)
    return leftovers


def move_modules(root: Path, table: Mapping[str, str]) -> list[Leftover]:
    """Rename modules, and move their files.

    Args:
        root: The service's folder, under git.
        table: Old modules to new ones.
    """
    leftovers = rename_modules(root, table)
    files = {
        file: file_of(new, file)
        for file in tracked(root)
        if (new := table.get(module_of(file) or ""))
    }
    return [*leftovers, *move_files(root, files)]


def move_files(root: Path, files: Mapping[PurePosixPath, PurePosixPath]) -> list[Leftover]:
    """Move files. A file whose new path exists stays, and is returned.

    Args:
        root: The service's folder, under git.
        files: Old paths to new ones. Of two with the same new path, the first one is moved.
    """
    leftovers = []
    git = Git(root)
    moved: set[PurePosixPath] = set()
    for old, new in files.items():
        source, target = root / old, root / new
        if new in moved or source.is_symlink() or not source.is_file():
            continue
        if target.exists() or target.is_symlink():
            leftovers.append(
                Leftover(str(old), 1, f"belongs at {new}, where you have another file")
            )
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        # Forced, because git would omit an ignored file.
        git("mv", "--", old, new)
        moved.add(new)
        for folder in source.parents[: len(old.parts) - 1]:
            if any(folder.iterdir()):
                break
            folder.rmdir()
    return leftovers


def rename_names(
    root: Path,
    table: Mapping[str, str],
    *,
    moving: Mapping[str, str] | None = None,
    files: Sequence[PurePosixPath] | None = None,
) -> list[Leftover]:
    """Rename classes, functions and constants, in imports and references.

    Args:
        root: The service's folder, under git.
        table: Old full names, such as `package.module.Name`, to new ones.
        moving: Modules whose files haven't been moved yet, though imports have the new names.
        files: The files to change; by default all files in git.

    Returns:
        The unreadable files with such a name.
    """
    leftovers = []
    entries = tuple(table.items())
    for file in tracked(root) if files is None else files:
        path = root / file
        if suffix_of(file) not in {".py", *FORMS} or (text := read(path)) is None:
            continue
        try:
            module = module_of(file) or str(file)
            new = _names_renamed(text, file, (moving or {}).get(module, module), entries)
        except cst.ParserSyntaxError:
            leftovers.append(unread(file))
            continue
        if new != text:
            write(path, new)
    return leftovers


def unread(file: PurePosixPath) -> Leftover:
    """Return a message on an unreadable file."""
    form = "TOML" if file.suffix == ".toml" else "Python"
    return Leftover(str(file), 1, f"isn't valid {form}, so it wasn't read")


def mentions(file: str, text: str, modules: Modules) -> Iterator[Leftover]:
    """Return the places of a text with an old module, dotted or as a path.

    Of `package` and `package.module`, only the longer one counts. Names without a dot are left out,
    since they may be any word, and so are imports, which have been rewritten.
    """
    paths = text.replace("/", ".")
    named = sorted((old for old in modules.table if "." in old and old in paths), reverse=True)
    if not named:
        return
    imported = import_lines(text) if file.endswith(".py") else set()
    # A new path may end with the old one.
    new = "|".join(re.escape(modules.table[old].replace(".", "/")) for old in named)
    forms = "|".join(
        rf"{re.escape(old)}|{re.escape(old.replace('.', '/'))}\\?[.]py" for old in named
    )
    pattern = re.compile(rf"(?:{new})[.]py|(?<![\w.])({forms})(?!\w)([.]\w+)?")
    for number, line in enumerate(text.splitlines(), 1):
        for found, below in pattern.findall(line):
            old = found.removesuffix(".py").removesuffix("\\").replace("/", ".")
            is_path = found != old
            stays = bool(below) if is_path else f"{old}{below}" in modules.others
            if old and not stays and number not in imported:
                yield Leftover(file, number, f"names `{old}`, which is `{modules.table[old]}` now")


def import_lines(text: str) -> set[int]:
    """Return the line numbers of a module's imports."""
    tree = parsed(text)
    return {
        line
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.Import | ast.ImportFrom)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def imported(text: str) -> set[str]:
    """Return the imports of a module: modules, and names that may be modules."""
    tree = parsed(text)
    names = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def parsed(text: str) -> ast.Module | None:
    """Parse a module; None if it isn't valid Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def read(file: Path) -> str | None:
    """Read a text without changing line ends; None if it isn't UTF-8."""
    try:
        return file.read_bytes().decode() if file.is_file() else None
    except UnicodeDecodeError:
        return None


def write(file: Path, text: str) -> None:
    """Write a text without changing line ends."""
    file.write_bytes(text.encode())


def others(files: Sequence[PurePosixPath], table: Mapping[str, str]) -> frozenset[str]:
    """Return the team's modules: those below a module of a table that aren't in the table."""
    names = {name for file in files if (name := module_of(file))} - table.keys()
    return frozenset(
        name for name in names if any(name.startswith(f"{module}.") for module in table)
    )


def tracked(root: Path) -> list[PurePosixPath]:
    """Return the files of git below a folder, without links, whose targets would be written.

    Raises:
        UpdateError: Git failed.
    """
    names = map(PurePosixPath, Git(root).names("ls-files", "-z"))
    return [name for name in names if not (root / name).is_symlink()]


def suffix_of(file: PurePosixPath) -> str:
    """Return a file's suffix, or its name if it begins with a dot."""
    return file.suffix or file.name


def module_of(file: PurePosixPath) -> str | None:
    """Return the module name of a file; None if it isn't a module."""
    if file.suffix != ".py":
        return None
    source = next(source for source in SOURCES if file.is_relative_to(source))
    parts = file.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def file_of(module: str, former: PurePosixPath) -> PurePosixPath:
    """Return the file of a renamed module."""
    folder = FOLDERS.get(module.partition(".")[0])
    if folder is None:
        folder = next(source for source in SOURCES if former.is_relative_to(source))
    name = module.replace(".", "/")
    return PurePosixPath(folder, f"{name}{'/__init__' if former.stem == '__init__' else ''}.py")


@cache
def _rewritten(text: str, file: PurePosixPath, modules: Modules) -> str:
    if suffix_of(file) == ".toml":
        return _tasks_renamed(text, modules)
    if suffix_of(file) != ".py":
        text = RUN.sub(lambda found: f"{found[1]}{modules.table.get(found[2], found[2])}", text)
        form = FORMS.get(suffix_of(file))
        return form.sub(lambda found: _name_renamed(found, modules), text) if form else text
    package = (module_of(file) or "").split(".")
    if file.stem != "__init__":
        package = package[:-1]
    moves = module_of(file) in modules.table
    return _renamed_in(cst.parse_module(text), modules, package, moves=moves)


@cache
def _names_renamed(
    text: str, file: PurePosixPath, module: str, table: Sequence[tuple[str, str]]
) -> str:
    named = {old: new for old, new in table if old.rpartition(".")[2] in text}
    if suffix_of(file) != ".py":
        renames = Modules(named, frozenset())
        return FORMS[suffix_of(file)].sub(lambda found: _name_renamed(found, renames), text)
    known = imported(text) if parsed(text) else None
    staying = {}
    for old, new in named.items():
        package = old.rpartition(".")[0]
        if package == new.rpartition(".")[0]:
            # A string may contain it, too.
            if known is None or package == module or package in text or known & {package}:
                staying[old] = new
        # Each command takes a tenth of a second. It rejects invalid Python.
        elif known is None or known & {old, package}:
            command = RenameCommand(CodemodContext(), old_name=old, new_name=new)
            text = command.transform_module(cst.parse_module(text)).code
    is_package = file.stem == "__init__"
    return in_place(text, module, staying, is_package=is_package) if staying else text


def _renamed_in(
    tree: cst.Module, modules: Modules, package: Sequence[str] = (), *, moves: bool = False
) -> str:
    imported = _PlainImports()
    tree.visit(imported)
    return tree.visit(_Rename(modules, imported.names, package, moves=moves)).code


class _PlainImports(cst.CSTVisitor):
    """Collects modules of `import a.b.c`, since only then `a.b.c` refers to that module."""

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
        """Split the names of one `from` into a statement for each new package."""
        body: list[cst.BaseSmallStatement] = []
        for statement in updated_node.body:
            body += (
                self._imports(statement) if isinstance(statement, cst.ImportFrom) else [statement]
            )
        if len(body) == len(updated_node.body):
            return updated_node.with_changes(body=body)
        first, *others = body
        # A comment such as `noqa` applies to every name.
        end = updated_node.trailing_whitespace
        return cst.FlattenSentinel(
            [
                updated_node.with_changes(body=[first]),
                *(cst.SimpleStatementLine(body=[each], trailing_whitespace=end) for each in others),
            ]
        )

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import:
        """Rename the module in `import a.b.c`."""
        return updated_node.with_changes(
            names=[
                alias.with_changes(name=_dotted(new))
                if (new := self.modules.table.get(alias.evaluated_name))
                else alias
                for alias in updated_node.names
            ]
        )

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        """Skip a module that keeps its name below a renamed one."""
        return get_full_name_for_node(node) not in self.modules.others

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
        """Rename in a string that is a name or code with imports."""
        value = updated_node.evaluated_value
        if not isinstance(value, str):
            return updated_node
        if not DOTTED.fullmatch(value):
            return self._code(updated_node)
        module, colon, attribute = value.partition(":")
        new = self.modules.table.get(module) if colon else self.modules.rename(module)
        if new is None or value not in updated_node.value:
            return updated_node
        text = updated_node.value.replace(value, f"{new}{colon}{attribute}")
        return updated_node.with_changes(value=text)

    def _code(self, node: cst.SimpleString) -> cst.SimpleString:
        """Rename in a string with source code, such as that of a subprocess."""
        if "import " not in node.raw_value:
            return node
        try:
            new = _renamed_in(cst.parse_module(node.raw_value), self.modules)
        except cst.ParserSyntaxError:
            return node
        return node.with_changes(value=f"{node.prefix}{node.quote}{new}{node.quote}")

    def _imports(self, node: cst.ImportFrom) -> list[cst.ImportFrom]:
        source = self._absolute(node)
        # A relative import of a moved module refers to another module.
        unmoved = source if self.moves and node.relative else ""
        new_source = self.modules.table.get(source) or unmoved
        if isinstance(node.names, cst.ImportStar):
            return [_from(node, new_source, node.names) if new_source else node]
        # The new package of each name; an empty one is that of the statement.
        moved: dict[str, list[cst.ImportAlias]] = {}
        for alias in node.names:
            full = f"{source}.{alias.evaluated_name}"
            package, _, name = self.modules.table.get(full, "").rpartition(".")
            package = package or (unmoved if full in self.modules.others else new_source)
            moved.setdefault(package, []).append(_renamed(alias, name) if name else alias)
        kept = moved.pop("", [])
        if not moved:
            return [node]
        statements = [_from(node, package, names) for package, names in moved.items()]
        return [*([node.with_changes(names=_ended(kept))] if kept else []), *statements]

    def _absolute(self, node: cst.ImportFrom) -> str:
        module = get_full_name_for_node(node.module) if node.module else None
        if not node.relative:
            return module or ""
        package = self.package[: len(self.package) - len(node.relative) + 1]
        return ".".join([*package, *([module] if module else [])])


def _renamed(alias: cst.ImportAlias, name: str) -> cst.ImportAlias:
    """Return the import of a module by its new name, bound to the name in the code."""
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
    """Return the names without a comma after the last one."""
    *others, last = names
    return [*others, last.with_changes(comma=cst.MaybeSentinel.DEFAULT)]


def _dotted(name: str) -> cst.Name | cst.Attribute:
    node = cst.parse_expression(name)
    if not isinstance(node, cst.Name | cst.Attribute):
        raise TypeError(f"{name} isn't the name of a module.")
    return node


def _name_renamed(found: re.Match[str], modules: Modules) -> str:
    name = found["name"]
    new = modules.rename(name) if "." in name else None
    return f"{found['before']}{new or name}{found['after']}"


def _tasks_renamed(text: str, modules: Modules) -> str:
    """Rename modules in poe tasks: `script = "module:function"`, and `python -m module`."""
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
