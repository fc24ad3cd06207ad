# Template-owned: updates rewrite this file (tooling/ownership.toml).
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# The environment's own Python has no pip.
PYTHON = getattr(sys, "_base_executable", sys.executable)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with what the first set-up reads."""
    folder = tmp_path / "project"
    (folder / "tooling").mkdir(parents=True)
    for name in ("dev.py", "tooling/uv.txt"):
        shutil.copy2(ROOT / name, folder / name)
    return folder


def set_up(
    project: Path, *python_options: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (the project's own program)
        [PYTHON, *python_options, "dev.py", "setup"],
        cwd=project,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_without_pip_is_told_what_to_install(project: Path) -> None:
    # Without site, what is installed is out of sight, pip too.
    result = set_up(project, "-S")

    assert result.returncode == 1
    assert f"{PYTHON} has no pip" in result.stderr
    assert not (project / ".venv").exists()


def test_a_forged_uv_is_not_installed(project: Path, tmp_path: Path) -> None:
    pinned = (ROOT / "tooling" / "uv.txt").read_text(encoding="utf-8")
    version = pinned.partition("uv==")[2].split()[0]
    information = f"uv-{version}.dist-info"
    with zipfile.ZipFile(tmp_path / f"uv-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"uv-{version}.data/scripts/uv", "#!/bin/sh\ntouch forged\n")
        wheel.writestr(f"{information}/METADATA", f"Name: uv\nVersion: {version}\n")
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{information}/RECORD", "")

    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    result = set_up(project, environment=index)

    assert result.returncode == 1
    assert "DO NOT MATCH THE HASHES" in result.stderr
    assert not (project / "forged").exists()
