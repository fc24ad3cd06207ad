"""Markdown as GitHub reads it, safe whatever a text says.

https://github.github.com/gfm/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MARKUP = re.compile(r"[\\`*_\[\]<>&#~|$]|:(?=[\w+-]+:)")
BLOCK = re.compile(r"\A(\d*)([-+=.)])")


def text(value: str) -> str:
    """Write a text so that it's shown letter by letter, in a line or a table's cell."""
    line = " ".join(value.split())
    return BLOCK.sub(r"\1\\\2", MARKUP.sub(lambda match: f"\\{match[0]}", line))


def code(value: str) -> str:
    """Write a name as code, in a line or a table's cell; nothing as nothing."""
    line = " ".join(value.split()).replace("|", r"\|")
    if not line:
        return ""
    runs = [len(run) for run in re.findall(r"`+", line)]
    fence = "`" * (max(runs, default=0) + 1)
    # A backtick at an end would belong to the fence.
    padding = " " if "`" in (line[0], line[-1]) else ""
    return f"{fence}{padding}{line}{padding}{fence}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table, or nothing if it has no rows; its cells are Markdown already."""
    lines = [headings, ["---"] * len(headings), *rows]
    if not lines[2:]:
        return ""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def block(language: str, source: str) -> str:
    """Write a block of code."""
    return f"```{language}\n{source}\n```"


def times(names: Iterable[str]) -> str:
    """Write names as code, one after the other."""
    return ", ".join(code(name) for name in names)
