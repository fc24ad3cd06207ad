# Template-owned: updates rewrite this file (tooling/ownership.toml).
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_a_python_without_pip_is_told_what_to_install(tmp_path: Path) -> None:
    for name in ("dev.py", "pyproject.toml"):
        shutil.copy2(ROOT / name, tmp_path)

    # Without site, what is installed is out of sight, pip too.
    command = [sys.executable, "-S", "dev.py", "setup"]
    result = subprocess.run(  # noqa: S603 (the project's own program)
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert result.returncode == 1
    assert f"{sys.executable} has no pip" in result.stderr
    assert not (tmp_path / ".venv").exists()
