"""Reports of measured values: tables, JSON, and documentation."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.kernel import Row

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"
RESULTS = Path(__file__).with_name("results")
HEAD = ("what", "÷", "median", "quartiles", "goal", "")
MARKS = {None: "", True: "reached", False: "**missed**"}


def cells(row: Row) -> tuple[str, ...]:
    """Return a row's cells."""
    low, high = row.spread
    spread = "" if len(row.values) == 1 else f"{number(low)}–{number(high)}"
    goal = "" if row.goal is None else f"≤ {row.goal:g}"
    median = f"{number(row.median)} {row.unit}"
    return row.what, row.against, median, spread, goal, MARKS[row.reached]


def number(value: float) -> str:
    """Return a number with three significant digits."""
    if abs(value) >= 100:  # noqa: PLR2004 - from here on, the digits before the point
        return f"{value:.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"  # noqa: PLR2004 - as above


def text(rows: Iterable[Row]) -> str:
    """Return a table for a terminal."""
    table = [HEAD, *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in table
    )
    return "\n".join(line.rstrip() for line in lines)


def markdown(rows: Iterable[Row]) -> str:
    """Return a table in Markdown."""
    table = [HEAD, ("---",) * len(HEAD), *map(cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in table)


def write_json(name: str, rows: Sequence[Row]) -> None:
    """Write all values of a benchmark, and the computer and versions of the measurement."""
    RESULTS.mkdir(exist_ok=True)
    content = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "rows": [row.to_json() for row in rows],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def write_document(name: str, rows: Sequence[Row]) -> None:
    """Replace a benchmark's table in the document, if it has one."""
    document = DOCUMENT.read_text(encoding="utf-8")
    place = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)
    document = place.sub(lambda _: f"\n{markdown(rows)}\n\n", document)
    DOCUMENT.write_text(document, encoding="utf-8")
