"""Read the team's notes about its alarms.

Each file is about the alarms of a stack. Its second-level headings are the names of alarms. No
command writes these files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

from aws_service_kit.constructs import runbook

FOLDER = Path(runbook.FOLDER, "team")
# This file explains the folder. It isn't about a stack.
README = "README"


@dataclass(frozen=True)
class Notes:
    """The team's notes about the alarms of a stack.

    Attributes:
        stack: The stack's short name.
        headings: The second-level headings by their anchors, in the order of the file.
    """

    stack: str
    headings: dict[str, str]

    @property
    def path(self) -> str:
        """The file's path in the service."""
        return (FOLDER / f"{self.stack}.md").as_posix()


def read(root: Path) -> dict[str, Notes]:
    """Read the notes of a service.

    Args:
        root: The service's folder.

    Returns:
        The notes by the stack's short name.
    """
    return {
        file.stem: Notes(
            file.stem,
            {runbook.anchor(text): text for text in headings(file.read_text(encoding="utf-8"))},
        )
        for file in sorted((root / FOLDER).glob("*.md"))
        if file.stem != README
    }


def headings(text: str) -> Iterator[str]:
    """Yield the second-level headings of a Markdown text, without their markup."""
    for opening, inline in pairwise(MarkdownIt("commonmark").parse(text)):
        if opening.type == "heading_open" and opening.tag == "h2":
            yield "".join(child.content for child in inline.children or ())
