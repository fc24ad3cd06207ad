"""The kit as a distribution: the wheel's content, and use with a single extra."""

from __future__ import annotations

import os
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.programs import OWN_PROGRAMS, ROOT, git, run, without_own_environment

KIT = ROOT / "template" / "kit"
UV = OWN_PROGRAMS / "uv"
# Bytes; in November 2026 it has 485,453.
LARGEST = 1_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = run(ROOT, UV, "build", "--quiet", "--wheel", KIT, "--out-dir", folder)
    assert built.returncode == 0, built.stdout
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_a_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    listed = git(KIT / "src", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    package = {name for name in listed.split("\0") if (KIT / "src" / name).is_file()}
    with zipfile.ZipFile(wheel) as content:
        names = {name for name in content.namelist() if not name.endswith("/")}
    assert {name for name in names if ".dist-info/" not in name} == package
    assert wheel.stat().st_size < LARGEST


@pytest.mark.parametrize("project", [KIT / "pyproject.toml", KIT.parent / "pyproject.toml.jinja"])
def test_the_pinned_uv_builds_it_without_a_download(project: Path) -> None:
    text = project.read_text(encoding="utf-8").replace("{{ kit_source }}", '""')
    text = text.replace("{{ description | toml_string }}", '""')
    (needed,) = map(Requirement, tomllib.loads(text)["build-system"]["requires"])
    assert needed.name == "uv_build"
    pinned = run(ROOT, UV, "--version").stdout.split()[1]
    assert needed.specifier.contains(pinned)


def test_the_controls_run_with_their_extra_alone(wheel: Path, tmp_path: Path) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = tmp_path / "pins.txt"
    pins.write_text("\n".join(settings["tool"]["uv"]["constraint-dependencies"]), encoding="utf-8")
    venv, repository = tmp_path / "venv", tmp_path / "repository"
    (repository / "src").mkdir(parents=True)
    (repository / "src" / "handler.py").write_text("import boto3\n", encoding="utf-8")
    environment = without_own_environment()
    python = venv / "bin" / "python"
    for command in (
        (UV, "venv", "--quiet", "--python", sys.executable, venv),
        (UV, "pip", "install", "--quiet", "--python", python, "-c", pins, f"{wheel}[controls]"),
    ):
        done = run(tmp_path, *command, environment=environment)
        assert done.returncode == 0, done.stdout

    reviewed = run(
        repository, venv / "bin" / "aws-guidelines", environment={"PATH": os.environ["PATH"]}
    )

    assert reviewed.returncode == 1, reviewed.stdout
    assert "Traceback" not in reviewed.stdout
    assert "L1." in reviewed.stdout
    installed = run(tmp_path, UV, "pip", "list", "--python", python, environment=environment)
    assert "aws-cdk-lib" not in installed.stdout
