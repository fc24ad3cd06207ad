"""GitHub Flavored Markdown with escaped texts.

https://github.github.com/gfm/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MARKUP = re.compile(r"[\\`*_\[\]<>&#~|$]|:(?=[\w+-]+:)")
BLOCK = re.compile(r"\A(\d*)([-+=.)])")


def text(value: str) -> str:
    """Return a text with Markdown escaped, for a line or a table's cell."""
    line = " ".join(value.split())
    return BLOCK.sub(r"\1\\\2", MARKUP.sub(lambda match: f"\\{match[0]}", line))


def code(value: str) -> str:
    """Return a name as code, for a line or a table's cell; an empty name stays empty."""
    line = " ".join(value.split()).replace("|", r"\|")
    if not line:
        return ""
    runs = [len(run) for run in re.findall(r"`+", line)]
    fence = "`" * (max(runs, default=0) + 1)
    # A backtick at either end would belong to the delimiter.
    padding = " " if "`" in (line[0], line[-1]) else ""
    return f"{fence}{padding}{line}{padding}{fence}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown cells; an empty text without rows."""
    lines = [headings, ["---"] * len(headings), *rows]
    if not lines[2:]:
        return ""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def block(language: str, source: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{source}\n```"


def times(names: Iterable[str]) -> str:
    """Return names as code, separated by commas."""
    return ", ".join(code(name) for name in names)
