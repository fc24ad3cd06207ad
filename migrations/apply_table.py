"""Apply a release's renames to this repository: `python -m migrations.apply_table v2_1_0`.

`moved.toml` and `orders.toml` have the renames in services. They also apply to `template/` and to
mentions in the rest of the repository. `repository.toml` has the renames in this repository only.
The program can run again, such as after a merge of work that uses old names.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path, PurePosixPath

from migrations.order import contents, put_in_order
from migrations.paths import rename_paths
from migrations.rewriting import FOLDERS, move_files, read, tracked, write
from migrations.tables import Table, rename_all

ROOT = Path(__file__).parents[1]
TEMPLATE = "template"
KIT = PurePosixPath("kit", "src", "aws_service_kit")
# Files of former releases, and files about them.
HISTORY = (
    ".cache/",
    "CHANGELOG.md",
    "benchmarks/baselines/",
    "benchmarks/results/",
    "docs/field-reports.md",
    "docs/readable.md",
    "migrations/v",
    "template/kit/CHANGELOG.md",
    "template/kit/src/aws_service_kit/testing/release_1_5_0.py",
    "template/tooling/ownership.toml",
    "tests/corpus/",
    "tests/interfaces/",
    "tests/test_into_the_kit.py",
    "tests/test_renames.py",
    "tests/test_rewriting.py",
)
# Calls in a module that exists only for its old name.
ALIASES = ("module_renamed(", "warn_of_module(")


def main() -> None:
    """Rename, move files, sort imports, and print places that need manual work."""
    release = ROOT / "migrations" / sys.argv[1]
    services = _joined(Table.read(release / "moved.toml"), Table.read(release / "orders.toml"))
    lists = tomllib.loads((release / "repository.toml").read_text(encoding="utf-8"))
    words = lists.pop("words")
    repository = Table(**lists)
    template = ROOT / TEMPLATE
    before = contents(ROOT)
    leftovers = [
        *rename_all(template, services, files=_files(template, f"{TEMPLATE}/")),
        *rename_all(ROOT, _joined(services, repository), files=_files(ROOT)),
    ]
    moved = _moved(services)
    kept = [file for file in moved if _is_alias(template / file)]
    moving = {old: new for old, new in moved.items() if old not in kept}
    named = {PurePosixPath(old): PurePosixPath(new) for old, new in repository.files.items()}
    everywhere = _spelled(moved) | named
    rename_paths(ROOT, {**_below(moving), **named}, everywhere, files=[*_files(ROOT), *_inside()])
    _rename_file_names({PurePosixPath(each) for each in services.files} | named.keys(), everywhere)
    _replace(rf"\b({_either(words)})\b", words)
    leftovers += move_files(template, moving)
    leftovers += move_files(ROOT, named)
    put_in_order(ROOT, before)
    for each in leftovers:
        print(f"{each.path}:{each.line}: {each.text}")


def _files(root: Path, prefix: str = "") -> list[PurePosixPath]:
    """Return the files below a folder with current names, without files of the template."""
    return [
        file
        for file in tracked(root)
        if not f"{prefix}{file}".startswith(HISTORY)
        and (prefix or file.parts[0] != TEMPLATE)
        and not _is_alias(root / file)
    ]


def _inside() -> list[PurePosixPath]:
    template = ROOT / TEMPLATE
    return [PurePosixPath(TEMPLATE, file) for file in _files(template, f"{TEMPLATE}/")]


def _rename_file_names(
    files: Iterable[PurePosixPath], moved: Mapping[PurePosixPath, PurePosixPath]
) -> None:
    """Rename strings that consist of a file's name, as in `FOLDER / "name.toml"`."""
    names = {old.name: moved[old].name for old in files}
    _replace(rf"""(?<=["'])({_either(names)})(?=["'])""", names)


def _replace(pattern: str, table: Mapping[str, str]) -> None:
    """Replace the matches of a pattern in Python files."""
    found = re.compile(pattern)
    for file in [*_files(ROOT), *_inside()]:
        text = read(ROOT / file) if file.suffix == ".py" else None
        new = found.sub(lambda match: table[match[1]], text) if text else text
        if new and new != text:
            write(ROOT / file, new)


def _either(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, words))


def _is_alias(file: Path) -> bool:
    """Return whether a file exists only for old names, which it must contain."""
    text = read(file) if file.suffix == ".py" else None
    text = text or ""
    return "former_names import" in text and any(alias in text for alias in ALIASES)


def _joined(first: Table, second: Table) -> Table:
    tables = (
        (each.name, getattr(first, each.name), getattr(second, each.name)) for each in fields(Table)
    )
    return Table(**{name: {**one, **other} for name, one, other in tables})


def _moved(table: Table) -> dict[PurePosixPath, PurePosixPath]:
    """Return old and new paths in a service."""

    def file(module: str) -> PurePosixPath:
        return PurePosixPath(FOLDERS[module.partition(".")[0]], f"{module.replace('.', '/')}.py")

    modules = {file(old): file(new) for old, new in table.modules.items()}
    return modules | {PurePosixPath(old): PurePosixPath(new) for old, new in table.files.items()}


def _below(moved: Mapping[PurePosixPath, PurePosixPath]) -> dict[PurePosixPath, PurePosixPath]:
    return {TEMPLATE / old: TEMPLATE / new for old, new in moved.items()}


def _spelled(moved: Mapping[PurePosixPath, PurePosixPath]) -> dict[PurePosixPath, PurePosixPath]:
    """Return the paths as this repository writes them: in full, or from the kit's package."""
    spelled = {}
    for old, new in moved.items():
        spelled[TEMPLATE / old] = TEMPLATE / new
        spelled[old] = new
        if old.is_relative_to(KIT):
            for above in (KIT, KIT.parent):
                spelled[old.relative_to(above)] = new.relative_to(above)
    return spelled


if __name__ == "__main__":
    main()
