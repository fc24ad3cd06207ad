"""Whether a cloud assembly is of the present code, by digests of all that its synthesis can read.

The task `synth` writes them into the assembly. Tests, documents and controls use it only while
nothing of that has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aws_service_kit

FILE = "inputs.json"
KIT = Path(aws_service_kit.__file__).parent
# What tools write. Hidden files and folders, such as `.venv`, are left out as well.
WRITTEN = {"__pycache__", "cdk.out", "node_modules"}
# What no template depends on: of a service, and of what its tools may be asked to write there.
NO_INPUT = {
    *("docs", "tests", "guidelines.toml", "raised-pins.toml"),
    *("build", "dist", "htmlcov", "venv", "coverage.xml", "junit.xml"),
}
# Where the interpreter's packages are: the CDK's version is one of their names.
PACKAGES = Path(sysconfig.get_path("purelib"))


def inputs(root: Path) -> dict[str, str]:
    """Digest what a synthesis can read: the files of the service and the kit, and the packages.

    Args:
        root: The service's folder.

    Returns:
        SHA-256 of each file by its name; of the packages, their versions.
    """
    service = {name: path for name, path in _files(root) if _is_input(name)}
    kit = {f"{KIT.name}/{name}": path for name, path in _files(KIT)}
    found = {name: _digest(path.read_bytes()) for name, path in sorted((service | kit).items())}
    packages = sorted(path.name for path in PACKAGES.glob("*.dist-info"))
    return {**found, "the installed packages": _digest("\n".join(packages).encode())}


@contextmanager
def recorded(folder: Path, root: Path) -> Iterator[None]:
    """Write into an assembly what it is made of, once it is complete.

    Args:
        folder: Where the assembly goes.
        root: The service's folder.
    """
    # Before anything is read, so that a change in between isn't missed.
    found = inputs(root)
    yield
    draft = folder / f"{FILE}.draft"
    draft.write_text(json.dumps(found, indent=1), encoding="utf-8")
    draft.replace(folder / FILE)  # whole, or not at all


def forget(folder: Path) -> None:
    """Remove what an assembly says of that, before another one is written over it."""
    (folder / FILE).unlink(missing_ok=True)


def is_recorded(folder: Path) -> bool:
    """Return whether an assembly says what it is made of."""
    return (folder / FILE).is_file()


def changed(folder: Path, root: Path) -> list[str]:
    """List the files that changed, came or went since an assembly was made of them."""
    before: dict[str, str] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    now = inputs(root)
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def is_current(folder: Path, root: Path) -> bool:
    """Return whether an assembly is there and of the present code."""
    return is_recorded(folder) and not changed(folder, root)


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a folder with their names below it, those behind links included."""
    visited = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        visited.add(os.path.realpath(folder))
        folders[:] = [
            name
            for name in folders
            if _is_read(name) and os.path.realpath(Path(folder, name)) not in visited
        ]
        for path in (Path(folder, name) for name in files if _is_read(name)):
            if path.is_file():  # and no dangling link or socket
                yield path.relative_to(root).as_posix(), path


def _is_read(name: str) -> bool:
    return name not in WRITTEN and not name.startswith(".")


def _is_input(name: str) -> bool:
    """Return whether a template may depend on a file of a service; on its pages none does."""
    folder, _, below = name.partition("/")
    is_page = name.endswith(".md") and (not below or folder == "kit")
    return folder not in NO_INPUT and not is_page


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
