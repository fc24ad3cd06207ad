"""List what still names modules and paths of 1.6, once the template's files are merged.

What a test of the template's needs is brought back if the team has kept that test.
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
# Modules of which this release has others by the same name.
KEPT = {module_of(old) for old in FILES if shipped(old)}
LATER = Table.read(Path(__file__).parents[1] / "v2_1_0" / "moved.toml")
# The commit of the program that runs before this one.
MOVED = "^Migration into-the-kit:"
# Of tests, beside what they import.
BESIDE = ("__init__.py", "conftest.py")


def migrate(root: Path) -> list[Leftover]:
    """Bring helpers back, rewrite paths of folders that are empty now, and list old names.

    Args:
        root: The service's folder, under git.

    Returns:
        The places that a person has to look at.
    """
    _bring_back(root)
    files = tracked(root)
    left = {*files, *(folder for file in files for folder in file.parents)}
    gone = {old: new for old, new in FOLDERS.items() if old not in left}
    # The release's kit names what it looks for in services without one.
    paths.rename_paths(root, {}, gone, leaving_out="kit")
    # Named as they are now: later releases have renamed some again.
    table = {old: LATER.canonical(new) for old, new in MODULES.items() if old not in KEPT}
    modules = Modules(table, others(files, table))
    moved = {**{old: new for old, new in FILES.items() if old.suffix != ".py"}, **FOLDERS}
    return list_mentions(
        root, modules, moved, lambda file, text: _through_packages(file, text, modules)
    )


def _through_packages(file: PurePosixPath, text: str, modules: Modules) -> Iterator[Leftover]:
    """List the team's modules that are named by a package which has moved: `components.team`."""
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


def _bring_back(root: Path) -> None:
    """Restore what the merge has deleted and tests that are left need.

    It deleted what the template ships no longer, if not edited, after the move into the kit.
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
    """Give the deleted files that tests name: modules, what lies beside them, and their data."""
    modules = {module_of(file): file for file in deleted}
    data = [file for file in deleted if file.suffix != ".py"]
    for file in tracked(root):
        if file.parts[0] != "tests" or file.suffix != ".py" or not (text := read(root / file)):
            continue
        if file.name.startswith("test_"):
            yield from (folder / name for folder in file.parents for name in BESIDE)
        yield from (path for path in data if path.name in text)
        yield from (modules[name] for name in imported(text) if name in modules)
