"""The reference is up to date, and includes everything that a team's code imports from the kit."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import griffe
import pytest

from tests import reference
from tests.programs import ROOT
from tests.reference import FOLDER, PACKAGE, borrowed, documents, members, public_modules

TEMPLATE = ROOT / "template"
SCAFFOLDS = ("infrastructure", "src", "tests", "tooling")
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_the_documents_are_up_to_date() -> None:
    assert {
        path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()
    } == documents(), "run `python -m tests.reference`"


def imported() -> Iterator[tuple[str, str]]:
    """Yield module and name of each import from the kit in scaffolds and guides."""
    sources = [
        path.read_text(encoding="utf-8")
        for folder in SCAFFOLDS
        for path in sorted((TEMPLATE / folder).rglob("*.py"))
    ]
    for guide in sorted((TEMPLATE / "kit" / "guides").glob("*.md")):
        sources += PYTHON.findall(guide.read_text(encoding="utf-8"))
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:  # a part of a file
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
                yield from ((str(node.module), alias.name) for alias in node.names)


def public() -> Iterator[griffe.Object | griffe.Alias]:
    """Yield the public modules and their members."""
    for module in public_modules():
        yield module
        yield from members(module)
        yield from borrowed(module)


PUBLIC = {each.path: each for each in public()}
IMPORTED = sorted(set(imported()) - {(f"{PACKAGE}.testing", "release_1_5_0")})


@pytest.mark.parametrize(("module", "name"), IMPORTED, ids=str)
def test_imported_names_are_public_and_documented(module: str, name: str) -> None:
    path = module if name == "*" else f"{module}.{name}"
    found = PUBLIC.get(path) or PUBLIC.get(target(path))

    assert found, "list the module in kit/pyproject.toml"
    target_of = found.final_target if isinstance(found, griffe.Alias) else found
    assert target_of.docstring or isinstance(target_of, griffe.Attribute)


def target(path: str) -> str:
    """Return the target of a name that a public module imports."""
    module, _, name = path.rpartition(".")
    found = PUBLIC[module].members.get(name) if module in PUBLIC else None
    return found.target_path if isinstance(found, griffe.Alias) else path


def test_the_public_modules_exist_and_are_listed_in_order() -> None:
    project = (reference.KIT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.findall(r'^    "([a-z_.*]+)",$', project.partition("public = [")[2], re.MULTILINE)

    assert listed == sorted(listed)
    assert all((Path(FOLDER) / f"{name.partition('.')[0]}.md").exists() for name in listed)
