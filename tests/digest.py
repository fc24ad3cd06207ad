"""Write the guideline items that a release's kit tests cover, and the digests of its files.

`python3 dev.py digest` writes it; tests/test_digest.py fails while it is stale.
"""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path

import grimp
from aws_service_kit.controls.evidence.release import RELEASE_FILE, SUMS, digest, sums
from aws_service_kit.controls.evidence.source import KIT, VENDORED
from aws_service_kit.controls.guideline_items import ITEMS
from aws_service_kit.controls.item_tests import KIT_TESTS

from tests.programs import ROOT

TEMPLATE = ROOT / "template"
TESTS = ROOT / "tests" / "kit"
KIT_TESTS_HEAD = """\
# Items of the guideline with the kit's tests that verify them, and the modules that the tests run.
# `python3 dev.py digest` of the template's repository writes this file.
"""
RELEASE_FILE_HEAD = """\
# Template-owned: updates rewrite this file (tooling/ownership.toml).
# The release of kit/ and the digest of its list of files: pull requests show this file, but
# collapse kit/.
release = "{version}"
sha256 = "{sha256}"
"""


def kit_tests() -> str:
    """Return the guideline items that the kit's tests cover, by their markers."""
    tests: dict[str, set[str]] = defaultdict(set)
    modules: dict[str, set[str]] = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for item in _marks(tree):
            tests[item].add(path.relative_to(ROOT).as_posix())
            modules[item] |= {_file(name) for name in _run(tree)}
    tables = [
        f"\n[{item}]\n{_array('tests', tests[item])}{_array('modules', modules[item])}"
        for item in ITEMS
        if item in tests
    ]
    return KIT_TESTS_HEAD + "".join(tables)


def digests(template: Path = TEMPLATE) -> dict[Path, str]:
    """Return the text of each file with digests, by its path in a service."""
    kit = template / SUMS.parent
    listed = sums(kit)
    project = tomllib.loads((kit / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    said = RELEASE_FILE_HEAD.format(
        version=project["version"], sha256=digest(listed.encode("utf-8"))
    )
    return {SUMS: listed, RELEASE_FILE: said}


def write() -> None:
    """Write the covered items, then the digests, which include the former."""
    (TEMPLATE / VENDORED / KIT_TESTS).write_text(kit_tests(), encoding="utf-8")
    write_digests(TEMPLATE)


def write_digests(template: Path) -> None:
    """Write the digests of a template's kit."""
    for path, text in digests(template).items():
        (template / path).write_text(text, encoding="utf-8")


def _marks(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="guideline"), args=arguments):
                yield from (ast.literal_eval(argument) for argument in arguments)


@cache
def _imports() -> grimp.ImportGraph:
    return grimp.build_graph(KIT)


def _run(tree: ast.Module) -> Set[str]:
    """Return the kit's modules that tests run: their imports, transitively."""
    named = _imports().modules.intersection(_names(tree))
    run = {name for name in named if not name.startswith(f"{KIT}.testing")}
    return run.union(*map(_imports().find_upstream_modules, run))


def _names(tree: ast.Module) -> Iterator[str]:
    """Yield possible names of modules: imports and strings."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(module=str(module), names=aliases):
                yield module
                yield from (f"{module}.{alias.name}" for alias in aliases)
            case ast.Constant(value=str(text)):
                yield text


def _file(module: str) -> str:
    """Return the path of a module's file in the package."""
    path = Path(*module.split(".")[1:])
    package = TEMPLATE / VENDORED / KIT
    found = path / "__init__.py" if (package / path).is_dir() else path.with_suffix(".py")
    assert (package / found).is_file()
    return found.as_posix()


def _array(key: str, values: Set[str]) -> str:
    lines = "".join(f'    "{value}",\n' for value in sorted(values))
    return f"{key} = [\n{lines}]\n"


if __name__ == "__main__":
    write()
