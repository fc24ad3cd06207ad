"""Digests of everything that a synthesis can read, which show whether an assembly is current.

The task `synth` writes the digests into the assembly. Tests, documents and controls use the
assembly only as long as none of them has changed.
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
# Files that tools write. Hidden files and folders, such as `.venv`, are left out as well.
WRITTEN = {"__pycache__", "cdk.out", "node_modules"}
# Files that no template depends on: the service's, and those that its tools write.
NO_INPUT = {
    *("docs", "tests", "guidelines.toml", "raised-pins.toml"),
    *("build", "dist", "htmlcov", "venv", "coverage.xml", "junit.xml"),
}
# The interpreter's packages. Their names include the CDK's version.
PACKAGES = Path(sysconfig.get_path("purelib"))


def inputs(root: Path) -> dict[str, str]:
    """Return digests of a synthesis' inputs: files of the service and the kit, and the packages.

    Args:
        root: The service's folder.

    Returns:
        The SHA-256 of each file by its name, and the versions of the packages.
    """
    service = {name: path for name, path in _files(root) if _is_input(name)}
    kit = {f"{KIT.name}/{name}": path for name, path in _files(KIT)}
    found = {name: _digest(path.read_bytes()) for name, path in sorted((service | kit).items())}
    packages = sorted(path.name for path in PACKAGES.glob("*.dist-info"))
    return {**found, "the installed packages": _digest("\n".join(packages).encode())}


@contextmanager
def recorded(folder: Path, root: Path) -> Iterator[None]:
    """Write the digests of the inputs into an assembly after its synthesis has succeeded.

    Args:
        folder: The assembly's folder.
        root: The service's folder.
    """
    # Computed before the synthesis reads a file, so that a change in the meantime isn't missed.
    found = inputs(root)
    yield
    draft = folder / f"{FILE}.draft"
    draft.write_text(json.dumps(found, indent=1), encoding="utf-8")
    draft.replace(folder / FILE)  # atomic


def forget(folder: Path) -> None:
    """Remove the digests before the assembly is overwritten."""
    (folder / FILE).unlink(missing_ok=True)


def is_recorded(folder: Path) -> bool:
    """Return whether an assembly has digests of its inputs."""
    return (folder / FILE).is_file()


def changed(folder: Path, root: Path) -> list[str]:
    """Return the files that were changed, added or removed since the synthesis."""
    before: dict[str, str] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    now = inputs(root)
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def is_current(folder: Path, root: Path) -> bool:
    """Return whether an assembly exists and is current."""
    return is_recorded(folder) and not changed(folder, root)


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a folder with their relative names, including files behind links."""
    visited = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        visited.add(os.path.realpath(folder))
        folders[:] = [
            name
            for name in folders
            if _is_read(name) and os.path.realpath(Path(folder, name)) not in visited
        ]
        for path in (Path(folder, name) for name in files if _is_read(name)):
            if path.is_file():  # skips dangling links and sockets
                yield path.relative_to(root).as_posix(), path


def _is_read(name: str) -> bool:
    return name not in WRITTEN and not name.startswith(".")


def _is_input(name: str) -> bool:
    """Return whether a template may depend on a file of a service. None depends on documents."""
    folder, _, below = name.partition("/")
    is_document = name.endswith(".md") and (not below or folder == "kit")
    return folder not in NO_INPUT and not is_document


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
