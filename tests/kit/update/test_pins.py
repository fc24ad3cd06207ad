"""Raising pins: errors, written files, and rollback after errors."""

import json
import sys
import zipfile
from pathlib import Path

import pytest
from aws_service_kit.update.pins import PINS_FILE, main, recorded

PROJECT = """\
[project]
name = "service"
version = "0"
requires-python = ">=3.11"
dependencies = ["parent", "child"]

[tool.uv]
package = false
no-index = true
find-links = ["wheels"]
constraint-dependencies = [
    "child==1.0 ; python_full_version >= '3'",
    "other==2.0",
    "parent==1.0",
]
"""


def wheel(folder: Path, name: str, version: str, needs: str = "") -> None:
    """Create an empty package."""
    information = f"{name}-{version}.dist-info"
    requires = f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}"
        archive.writestr(f"{information}/METADATA", metadata)
        archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{information}/PINS_FILE", "")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a local package index: `parent` 1.1 needs `child` 1.1."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    folder = tmp_path / "service"
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    for version in ("1.0", "1.1"):
        wheel(wheels, "child", version)
        wheel(wheels, "parent", version, f"child=={version}")
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    settings = {"name": "service", "devDependencies": {"direct": "1.0.0"}}
    (folder / "package.json").write_text(json.dumps(settings), encoding="utf-8")
    lock = {
        "": settings,
        "node_modules/direct": {"version": "1.0.0"},
        "node_modules/direct/node_modules/twice": {"version": "3.0.0"},
        "node_modules/@scope/twice": {"version": "2.0.0"},
        "node_modules/twice": {"version": "2.0.0"},
    }
    (folder / "package-lock.json").write_text(json.dumps({"packages": lock}), encoding="utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("parent", "parent: write NAME==VERSION"),
        ("parent==", "parent==: write NAME==VERSION"),
        ("absent==2", "pyproject.toml doesn't pin absent"),
        ("absent@2", "package.json doesn't pin absent"),
        ("parent@2", "package.json doesn't pin parent"),
        ("parent==1.0", "parent is pinned to 1.0: choose a higher version"),
        ("parent==0.9", "parent is pinned to 1.0: choose a higher version"),
        ("twice@1.9.9", "twice is pinned to 2.0.0: choose a higher version"),
        ("parent==new", "parent==new: Invalid version: 'new'"),
    ],
)
def test_an_invalid_pin_is_rejected_in_one_line(
    service: Path, wanted: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(service)
    assert main([wanted], service) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {reason}")
    assert said.count("\n") == 1
    assert contents(service) == before


def test_interdependent_pins_are_raised_only_together(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(service)
    assert main(["parent==1.1"], service) == 1
    error = capsys.readouterr().err
    assert "child==1.0" in error
    assert "list all of them in one command" in error
    assert contents(service) == before

    assert main(["Parent==1.1", "child==1.1"], service) == 0

    project = (service / "pyproject.toml").read_text(encoding="utf-8")
    assert project == PROJECT.replace("child==1.0", "child==1.1").replace(
        "parent==1.0", "parent==1.1"
    )
    locked = (service / "uv.lock").read_text(encoding="utf-8")
    assert 'name = "parent"\nversion = "1.1"' in locked
    capsys.readouterr()
    assert main([], service) == 0
    listed = capsys.readouterr().out
    assert listed == (
        "child is raised to 1.1; the template has 1.0.\n"
        "parent is raised to 1.1; the template has 1.0.\n"
    )


def test_a_second_raise_keeps_the_pin_of_the_template(service: Path) -> None:
    for version in ("1.2", "1.3"):
        wheel(service / "wheels", "child", version)
        wheel(service / "wheels", "parent", version, f"child=={version}")
        assert main([f"parent=={version}", f"child=={version}"], service) == 0
    assert {(each.template, each.version) for each in recorded(service)} == {("1.0", "1.3")}


def test_a_difference_between_the_file_and_the_pins_is_reported(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parent==1.1", "child==1.1"], service) == 0
    (service / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    capsys.readouterr()
    assert main([], service) == 1
    assert capsys.readouterr().err == (
        "error: raised-pins.toml has child 1.1, and pyproject.toml has 1.0: "
        "restore both, and uv.lock, from git's history.\n"
    )


@pytest.mark.parametrize("damage", ["<<<<<<< HEAD\n", "python = 1\n", 'python.child = "1.1"\n'])
def test_a_damaged_file_is_reported_in_one_line(
    service: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (service / PINS_FILE).write_text(damage, encoding="utf-8")
    assert main([], service) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: raised-pins.toml is damaged")
    assert said.count("\n") == 1


def test_without_raised_pins_a_line_is_printed(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], service) == 0
    assert capsys.readouterr().out == "No pin is raised.\n"
