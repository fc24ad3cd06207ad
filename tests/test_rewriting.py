"""Rewriting of Python in migrations: full names only, not similar ones."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from migrations.rewriting import move_modules, rename_modules, rename_names
from tests.programs import commit_all, git

OLD, NEW = "app.parts.waf", "kit.edge.firewall"
TABLE = {OLD: NEW, "app.parts.table": "kit.data.table", "app.tool": "kit.tool"}

REWRITTEN = {
    "from app.parts.waf import Waf": "from kit.edge.firewall import Waf",
    "from app.parts.waf import *": "from kit.edge.firewall import *",
    "from app.parts import waf": "from kit.edge import firewall as waf",
    "from app.parts import waf as w": "from kit.edge import firewall as w",
    "from app.parts import table": "from kit.data import table",
    "from app.parts import ours, table, waf": (
        "from app.parts import ours\n"
        "from kit.data import table\nfrom kit.edge import firewall as waf"
    ),
    "from app.parts import (\n    ours,\n    table,\n)": (
        "from app.parts import (\n    ours)\nfrom kit.data import (\n    table)"
    ),
    "from . import waf": "from kit.edge import firewall as waf",
    "from .waf import Waf": "from kit.edge.firewall import Waf",
    "from ..parts.waf import Waf": "from kit.edge.firewall import Waf",
    "import app.parts.waf": "import kit.edge.firewall",
    "import app.parts.waf as w": "import kit.edge.firewall as w",
    "import app.parts.waf\n\napp.parts.waf.Waf()": (
        "import kit.edge.firewall\n\nkit.edge.firewall.Waf()"
    ),
    "monkeypatch.setattr('app.parts.waf.Waf.limit', 1)": (
        "monkeypatch.setattr('kit.edge.firewall.Waf.limit', 1)"
    ),
    'pytest_plugins = ["app.parts.waf"]': 'pytest_plugins = ["kit.edge.firewall"]',
    'TASK = "app.parts.waf:main"': 'TASK = "kit.edge.firewall:main"',
}
LEFT = (
    "from app.parts.waffle import Waf",
    "from app.parts.waf.ours import Waf",
    "from app.parts import ours",
    "from app import parts",
    "import app.parts",
    "import app.parts.waffle",
    "from .ours import waf",
    "waf = app.parts.waf",
    "name = 'app.parts.waffle'",
    "name = 'app.parts.waf.ours.Waf'",
    "name = 'myapp.parts.waf'",
    "text = 'See app.parts.waf for more.'",
    "# app.parts.waf",
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a module of the team below a renamed one."""
    root = tmp_path_factory.mktemp("service")
    git(root, "init", "--quiet")
    for name in ("ours", "waf/__init__", "waf/ours", "file"):
        file = root / f"app/parts/{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("", encoding="utf-8")
    commit_all(root, "Begin")
    return root


def rewrite(service: Path, text: str, table: Mapping[str, str] = TABLE) -> str:
    file = service / "app/parts/file.py"
    file.write_text(text, encoding="utf-8")
    rename_modules(service, table)
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize(("before", "after"), REWRITTEN.items(), ids=REWRITTEN)
def test_whole_names_are_rewritten_once(service: Path, before: str, after: str) -> None:
    assert rewrite(service, before) == after
    assert rewrite(service, after) == after


@pytest.mark.parametrize("text", LEFT)
def test_similar_names_are_unchanged(service: Path, text: str) -> None:
    assert rewrite(service, text) == text


NAMES = st.sampled_from(["app", "parts", "waf", "waffle", "table", "tool", "ours", "kit"])
DOTTED = st.lists(NAMES, min_size=1, max_size=4).map(".".join)
IMPORTS = st.one_of(
    DOTTED.map("import {}".format),
    st.tuples(DOTTED, NAMES).map(lambda each: "import {} as {}".format(*each)),
    st.tuples(DOTTED, st.lists(NAMES, min_size=1, max_size=3, unique=True)).map(
        lambda each: f"from {each[0]} import {', '.join(each[1])}"
    ),
)


def unchanged(name: str) -> str:
    return name


def bound(
    source: str,
    module: Callable[[str], str] = unchanged,
    member: Callable[[str], str] = unchanged,
) -> dict[str, str]:
    """Return the names that a module's imports bind, with their targets.

    Args:
        source: The module.
        module: Renames a module, as in `import a.b`.
        member: Renames a module or its member, as in `from a import b`.
    """
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or module(alias.name)] = module(alias.name)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[alias.asname or alias.name] = member(f"{node.module}.{alias.name}")
    return found


@given(st.lists(IMPORTS, max_size=6).map("\n".join))
@example("import app.tool.app as app")
@example("from app.parts.waf import ours")
@example("from app.parts.waf import ours, table as waf")
def test_imports_bind_the_renamed_targets(service: Path, source: str) -> None:
    """The expectation is computed from the bound names and the table."""

    def module(full: str) -> str:
        return TABLE.get(full, full)

    def member(full: str) -> str:
        package, _, name = full.rpartition(".")
        inside = package in TABLE and full not in {*TABLE, "app.parts.waf.ours"}
        return f"{TABLE[package]}.{name}" if inside else module(full)

    new = rewrite(service, source)
    assert bound(new) == bound(source, module, member)
    assert rewrite(service, new) == new


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    service, other = tmp_path / "service", tmp_path / "other.py"
    other.write_text(f"import {OLD}\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet", service)
    (service / "link.py").symlink_to(other)
    (service / "nothing.py").symlink_to("nowhere.py")
    git(service, "add", "--all")
    rename_modules(service, TABLE)
    rename_names(service, {f"{OLD}.Waf": f"{NEW}.Waf"})
    assert other.read_text(encoding="utf-8") == f"import {OLD}\n"


def test_files_in_another_encoding_are_listed(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "notes.md").write_bytes(b"caf\xe9 app.parts.waf\n")
    git(tmp_path, "add", "--all")
    (listed,) = rename_modules(tmp_path, TABLE)
    assert (listed.path, listed.text) == ("notes.md", "isn't UTF-8, so it wasn't read")


def test_moved_files_keep_their_references(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    files = {
        "src/app/parts/waf.py": "from .ours import Ours\nfrom . import table\n",
        "src/app/parts/ours.py": "from app.parts.waf import Waf\n",
        "src/app/parts/table.py": "",
        "src/app/tool/__init__.py": "",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    commit_all(tmp_path, "Begin")

    for _ in range(2):
        assert move_modules(tmp_path, TABLE) == []
        git(tmp_path, "add", "--all")
    assert git(tmp_path, "ls-files").splitlines() == [
        "src/app/parts/ours.py",
        "src/kit/data/table.py",
        "src/kit/edge/firewall.py",
        "src/kit/tool/__init__.py",
    ]
    assert (tmp_path / "src/kit/edge/firewall.py").read_text(encoding="utf-8") == (
        "from app.parts.ours import Ours\nfrom kit.data import table\n"
    )


def test_tasks_are_renamed_and_other_mentions_listed(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    files = {
        "pyproject.toml": (
            '[tool.poe.tasks]\na = "python -m app.tool run"  # ours\n'
            'b.script = "app.tool:main"\nc.sequence = [{ cmd = "python  -m app.tool" }]\n'
            'd = "python -m app.toolbox"\n'
        ),
        "guide.md": "# Guide\n\nSee `app/parts/waf.py`.\nSee app.parts.waf and app.parts.table.\n",
        ".github/ci.yml": "run: python -m app.tool\n# See app.tool.\n",
        "module.py": "# See app.parts.waf.\n",
        "broken.py": "waf = (\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    commit_all(tmp_path, "Begin")

    left = rename_modules(tmp_path, TABLE | {"app.parts": "kit", "guide": "kit.guide"})

    assert (tmp_path / "pyproject.toml").read_text(encoding="utf-8") == (
        files["pyproject.toml"].replace("app.tool ", "kit.tool ").replace("app.tool:", "kit.tool:")
    ).replace('app.tool"', 'kit.tool"')
    assert [(each.path, each.line) for each in left] == [
        (".github/ci.yml", 2),
        ("broken.py", 1),
        ("guide.md", 3),
        ("guide.md", 4),
        ("guide.md", 4),
        ("module.py", 1),
    ]


def test_names_are_renamed_with_their_references(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    text = "from app.parts.waf import Other, Waf\n\n\ndef make() -> Waf:\n    return Waf(Other)\n"
    (tmp_path / "module.py").write_text(text, encoding="utf-8")
    commit_all(tmp_path, "Begin")
    for _ in range(2):
        rename_names(tmp_path, {"app.parts.waf.Waf": "app.parts.waf.Firewall"})
    assert (tmp_path / "module.py").read_text(encoding="utf-8") == text.replace("Waf", "Firewall")
