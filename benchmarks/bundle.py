"""Compressed size of the functions' bundle, by part."""

from __future__ import annotations

import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks import services
from benchmarks.kernel import Row

LEAST = 0.1


def run() -> Iterator[Row]:
    """Zip the bundle, and return the size of each part."""
    with tempfile.TemporaryDirectory() as folder:
        answers = {"stacks": services.EVERY_STACK}
        bundle = services.bundle(services.render(Path(folder, "service"), answers))
        parts = zipped_megabytes(bundle, Path(folder, "bundle.zip"))
    yield Row("bundle, zipped", "", "MB", (sum(parts.values()),))
    for part, size in sorted(parts.items(), key=lambda each: -each[1]):
        if size >= LEAST:
            yield Row(f"bundle, {part}", "", "MB", (size,))
    rest = sum(size for size in parts.values() if size < LEAST)
    yield Row("bundle, the rest", "", "MB", (rest,))


def zipped_megabytes(bundle: Path, archive: Path) -> dict[str, float]:
    """Zip a folder, and return the compressed size of each part of it."""
    parts: defaultdict[str, float] = defaultdict(float)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(bundle.rglob("*")):
            if path.is_file():
                name = path.relative_to(bundle)
                zipped.write(path, name)
                size = zipped.getinfo(name.as_posix()).compress_size / 1e6
                parts[part_of(name)] += size
    return parts


def part_of(path: Path) -> str:
    """Return the part that a file belongs to: a package, or the SDK's data apart from its code."""
    if path.parts[:2] == ("botocore", "data"):
        return "botocore/data"
    return path.parts[0]
