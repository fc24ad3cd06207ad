"""List remaining names of modules and paths of 1.6, after the merge with the template.

If the team has kept a test of the template, the helpers of that test are restored.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from aws_service_kit.update.git import Git
from aws_service_kit.update.migrations import Leftover

from migrations import paths
from migrations.listing import list_mentions, shipped
from migrations.rewriting import (
    Modules,
    imported,
    module_of,
    others,
    parsed,
    read,
    tracked,
)
from migrations.tables import Table
from migrations.v2_0_0.moves import FILES, MODULES

FOLDERS = {
    PurePosixPath(old): PurePosixPath(new)
    for old, new in (
        ("docs/guides", "kit/guides"),
        ("infrastructure/components", "kit/src/aws_service_kit/constructs"),
        ("infrastructure/local", "kit/src/aws_service_kit/local"),
        ("src/service/runtime", "kit/src/aws_service_kit/runtime"),
        ("tooling/architecture", "kit/src/aws_service_kit/docs/architecture"),
        ("tooling/local", "kit/src/aws_service_kit/local"),
        ("tooling/update", "kit/src/aws_service_kit/update"),
    )
}
# Modules whose names other modules have in this release.
KEPT = {module_of(old) for old in FILES if shipped(old)}
LATER = Table.read(Path(__file__).parents[1] / "v2_1_0" / "moved.toml")
# The commit of the program that runs before this one.
MOVED = "^Migration into-the-kit:"
# Files that tests need in addition to their imports.
PACKAGE_FILES = ("__init__.py", "conftest.py")


def migrate(root: Path) -> list[Leftover]:
    """Restore helpers, rewrite paths of empty folders, and list old names.

    Args:
        root: The service's folder, under git.

    Returns:
        The places that need manual work.
    """
    _restore_helpers(root)
    files = tracked(root)
    left = {*files, *(folder for file in files for folder in file.parents)}
    empty = {old: new for old, new in FOLDERS.items() if old not in left}
    # The kit of the release contains old paths, which it searches in services without a kit.
    paths.rename_paths(root, {}, empty, leaving_out="kit")
    # With the current names, because later releases have renamed some of them.
    table = {old: LATER.canonical(new) for old, new in MODULES.items() if old not in KEPT}
    modules = Modules(table, others(files, table))
    moved = {**{old: new for old, new in FILES.items() if old.suffix != ".py"}, **FOLDERS}
    return list_mentions(
        root, modules, moved, lambda file, text: _through_packages(file, text, modules)
    )


def _through_packages(file: PurePosixPath, text: str, modules: Modules) -> Iterator[Leftover]:
    """List references to the team's modules by a moved package: `components.team`."""
    if file.suffix != ".py" or (tree := parsed(text)) is None:
        return
    former = {new: old for old, new in modules.table.items()}
    packages = {
        alias.asname or alias.name: former.get(f"{node.module}.{alias.name}", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{packages.get(node.value.id)}.{node.attr}"
            if name in modules.others:
                yield Leftover(str(file), node.lineno, f"names `{name}`: import it from there")


def _restore_helpers(root: Path) -> None:
    """Restore deleted files that remaining tests need.

    After the move into the kit, the merge deleted unedited files that the template no longer has.
    """
    git = Git(root)
    moved = git("log", "-1", "--format=%H", f"--grep={MOVED}").strip()
    if not moved:
        return
    options = ("--name-only", "--no-renames", "--diff-filter=D", "--relative", "-z")
    deleted = set(map(PurePosixPath, git.names("diff", *options, moved, "HEAD", "--", "tests")))
    while needed := sorted(set(_needed(root, deleted)) & deleted):
        git("checkout", "--quiet", moved, "--", *needed)
        deleted -= set(needed)


def _needed(root: Path, deleted: Collection[PurePosixPath]) -> Iterator[PurePosixPath]:
    """Yield the deleted files that tests need: modules, `__init__.py`, `conftest.py` and data."""
    modules = {module_of(file): file for file in deleted}
    data = [file for file in deleted if file.suffix != ".py"]
    for file in tracked(root):
        if file.parts[0] != "tests" or file.suffix != ".py" or not (text := read(root / file)):
            continue
        if file.name.startswith("test_"):
            yield from (folder / name for folder in file.parents for name in PACKAGE_FILES)
        yield from (path for path in data if path.name in text)
        yield from (modules[name] for name in imported(text) if name in modules)
