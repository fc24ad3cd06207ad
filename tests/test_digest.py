"""Digests of the kit in a service find every file that differs from the release."""

import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import grimp
import pytest
from aws_service_kit.controls.evidence.release import RELEASE_FILE, SUMS, differences, digest, sums
from aws_service_kit.controls.evidence.source import KIT, VENDORED
from aws_service_kit.controls.item_tests import KIT_TESTS

from tests import digest as task
from tests.digest import TEMPLATE
from tests.programs import commit_all, git

MODULE = "kit/src/aws_service_kit/runtime/http.py"


def found(service: Path) -> dict[str, str]:
    return {each.path: each.change for each in differences(service)}


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def edit(service: Path) -> None:
    path = service / MODULE
    path.write_text(path.read_text(encoding="utf-8") + "# patched\n", encoding="utf-8")


def edit_and_list(service: Path) -> None:
    edit(service)
    (service / SUMS).write_text(sums(service / "kit"), encoding="utf-8")


def edit_and_sign(service: Path) -> None:
    edit_and_list(service)
    sha256 = digest((service / SUMS).read_bytes())
    (service / RELEASE_FILE).write_text(f'release = "0"\nsha256 = "{sha256}"\n', encoding="utf-8")


def change_line_ends(service: Path) -> None:
    path = service / MODULE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


NOT_THE_LIST = {"kit/SHA256SUMS": "isn't the list that tooling/kit.toml names"}
PACKAGE = "kit/src/aws_service_kit"
CHANGES: dict[str, tuple[Callable[[Path], object], dict[str, str]]] = {
    "nothing": (lambda _: None, {}),
    "a module": (edit, {MODULE: "was changed"}),
    "a module and the list": (edit_and_list, NOT_THE_LIST),
    "a module, the list and its digest": (edit_and_sign, {}),
    "the kit's settings": (
        lambda service: write(service / "kit/pyproject.toml", b"[project]\n"),
        {"kit/pyproject.toml": "was changed"},
    ),
    "another module": (
        lambda service: write(service / PACKAGE / "constructs/ours.py", b""),
        {f"{PACKAGE}/constructs/ours.py": "was added"},
    ),
    "another package": (
        lambda service: write(service / "kit/src/boto3.py", b""),
        {"kit/src/boto3.py": "was added"},
    ),
    "bytecode in place of a module": (
        lambda service: write(service / PACKAGE / "runtime/extra.pyc", b"\0"),
        {f"{PACKAGE}/runtime/extra.pyc": "was added"},
    ),
    "a link to a folder": (
        lambda service: (service / PACKAGE / "more").symlink_to(service / "tooling"),
        {f"{PACKAGE}/more": "was added"},
    ),
    "no module": (lambda service: (service / MODULE).unlink(), {MODULE: "was removed"}),
    "no list": (lambda service: (service / SUMS).unlink(), {"kit/SHA256SUMS": "is missing"}),
    "no digest": (
        lambda service: (service / RELEASE_FILE).unlink(),
        {"tooling/kit.toml": "is missing"},
    ),
    "no kit": (lambda service: shutil.rmtree(service / "kit"), {}),
    "what Python leaves": (
        lambda service: write(service / PACKAGE / "__pycache__/http.cpython-311.pyc", b"\0"),
        {},
    ),
    "a file of a file manager": (
        lambda service: write(service / PACKAGE / ".DS_Store", b"\0"),
        {},
    ),
    "a guide": (lambda service: write(service / "kit/guides/ours.md", b"# Ours\n"), {}),
    "other line ends": (change_line_ends, {}),
}


@pytest.fixture
def copy(service: Path, tmp_path: Path) -> Path:
    """A copy of the kit in a service, with its digests."""
    here = tmp_path / "service"
    shutil.copytree(service / "kit", here / "kit")
    (here / RELEASE_FILE.parent).mkdir()
    for name in (RELEASE_FILE, ".gitattributes"):
        shutil.copy(service / name, here / name)
    return here


def test_the_digests_are_up_to_date() -> None:
    written = {path: (TEMPLATE / path).read_text("utf-8") for path in task.digests()}
    assert written == task.digests(), "run `python3 dev.py digest`"


def test_the_list_of_the_kits_tests_is_up_to_date() -> None:
    text = (TEMPLATE / VENDORED / KIT_TESTS).read_text("utf-8")
    assert text == task.kit_tests(), "run `python3 dev.py digest`"
    tables = tomllib.loads(text)
    assert {"L2", "L3", "L4", "M2", "O2", "S-D3", "S-D4", "R2", "R3", "F1"} <= tables.keys()
    assert all(table["tests"] and table["modules"] for table in tables.values())
    # A module also runs its imports.
    assert "runtime/invocation.py" in tables["L4"]["modules"]


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_differs_from_the_release_is_found(name: str, copy: Path) -> None:
    change, expected = CHANGES[name]
    change(copy)
    assert found(copy) == expected


def test_each_change_of_a_file_has_another_name(copy: Path) -> None:
    names = []
    for _ in range(2):
        edit(copy)
        names += [each.name for each in differences(copy)]
    first, second = names
    assert first != second
    assert {name.partition("@")[0] for name in names} == {MODULE}


def test_sha256sum_reads_the_list() -> None:
    command = ("sha256sum", "--check", "--quiet", "--strict", SUMS.name)
    subprocess.run(command, cwd=TEMPLATE / "kit", check=True)


def test_line_ends_of_a_checkout_do_not_matter(copy: Path, tmp_path: Path) -> None:
    git(copy, "init", "--quiet")
    commit_all(copy, "Made")
    clone = tmp_path / "clone"
    git(copy, "clone", "--quiet", "--config=core.autocrlf=true", copy, clone)
    assert found(clone) == {}


COLLAPSED = {
    "kit/SHA256SUMS": True,
    "kit/guides/updates.md": True,
    "kit/src/aws_service_kit/runtime/http.py": True,
    # These run in the process of the control, before it or in place of it.
    "kit/src/aws_service_kit/__init__.py": False,
    "kit/src/aws_service_kit/controls/catalog/cdk.py": False,
    "kit/src/aws_service_kit/controls/evidence/release.py": False,
    "kit/src/aws_service_kit/runtime/__pycache__/http.cpython-311.pyc": False,
    "kit/src/sitecustomize.py": False,
    "kit/pyproject.toml": False,
    "tooling/kit.toml": False,
    "guidelines.toml": False,
    ".gitattributes": False,
}


def test_pull_requests_collapse_the_kit_except_for_the_comparison(copy: Path) -> None:
    git(copy, "init", "--quiet")
    said = git(copy, "check-attr", "-z", "linguist-generated", "--", *COLLAPSED).split("\0")
    values = dict(zip(said[::3], said[2::3], strict=False))
    assert {path: values[path] == "set" for path in COLLAPSED} == COLLAPSED


def test_the_comparison_imports_no_collapsed_module() -> None:
    graph = grimp.build_graph(KIT)
    run = graph.find_descendants(f"{KIT}.controls")
    others = {name for module in run for name in graph.find_upstream_modules(module)} - run - {KIT}
    assert others == set()
