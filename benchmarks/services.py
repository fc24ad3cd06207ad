"""Services and folders of dependencies to measure."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import copier
from copier._template import load_template_config
from uv import find_uv_bin

from benchmarks.interpreter import PYTHON, RUNTIME
from tests.service_checks import environment

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = load_template_config(ROOT / "copier.yml")
EVERY_STACK: Sequence[str] = list(QUESTIONS["stacks"]["choices"].values())


# Copier's reference for the working tree, committed or not.
HERE = "HEAD"


def render(folder: Path, answers: Mapping[str, Any], ref: str = HERE) -> Path:
    """Render a service from the working tree or from a commit."""
    copier.run_copy(
        str(ROOT),
        folder,
        data=dict(answers),
        vcs_ref=ref,
        defaults=True,
        unsafe=True,
        quiet=True,
    )
    return folder


def bundle(service: Path) -> Path:
    """Build the bundle of a service's functions, for this Python and processor."""
    uv(service, "lock")
    program = (
        "from aws_service_kit.app.bundle import build_bundle\n"
        f"print(build_bundle({RUNTIME!r}, 'x86_64'), end='')"
    )
    return Path(python(service, "-c", program))


def python(service: Path, *arguments: str) -> str:
    """Run this environment's Python in a service, and return what it printed."""
    result = subprocess.run(
        ["python", *arguments],
        cwd=service,
        env=environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    if result.returncode != 0:
        sys.stderr.write(result.stderr)
    result.check_returncode()
    return result.stdout


def install(folder: Path, *packages: str) -> Path:
    """Install packages into a folder, in the versions of this repository, with valid bytecode."""
    folder.mkdir()
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    constraints = folder.with_suffix(".txt")
    constraints.write_text("\n".join(settings["tool"]["uv"]["constraint-dependencies"]), "utf-8")
    target = ["--target", str(folder), "--python", PYTHON]
    uv(folder, "pip", "install", *target, "--constraint", str(constraints), *packages)
    compile_folder(folder)
    return folder


def compile_folder(folder: Path, *, optimize: int = 0) -> None:
    """Compile a folder as a service's bundle is compiled."""
    options = ["-q", "-o", str(optimize), "--invalidation-mode", "unchecked-hash"]
    subprocess.run([PYTHON, "-m", "compileall", *options, folder], check=True)


def uv(folder: Path, *arguments: str) -> None:
    """Run uv in a folder."""
    subprocess.run([find_uv_bin(), "--quiet", *arguments], cwd=folder, check=True)
