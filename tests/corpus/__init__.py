"""A corpus of edits that teams made of a service of release 1.6, and how to apply it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("edits.toml")
EXECUTABLE = 0o755


@dataclass(frozen=True)
class Edit:
    """An edit of one file of a service.

    Attributes:
        name: What a team did.
        kind: The kind of what was edited.
        path: The file.
        keep: Texts that must be somewhere in the service afterwards, whatever an update moves.
        find: A text that occurs once in the file.
        replace: What stands there after the edit.
        content: The text of a new file.
        append: A text at the end.
        action: `delete` or `executable`.
    """

    name: str
    kind: str
    path: str
    keep: tuple[str, ...]
    find: str | None = None
    replace: str = ""
    content: str | None = None
    append: str | None = None
    action: str | None = None

    def apply(self, service: Path) -> None:
        """Make the edit.

        Raises:
            ValueError: The file isn't what the edit was written for.
        """
        file = service / self.path
        if (self.content is None) is not file.exists():
            raise ValueError(f"{self.name}: {self.path} should be there, or should not")
        if self.content is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.content, encoding="utf-8")
        elif self.action == "delete":
            file.unlink()
        elif self.action == "executable":
            file.chmod(EXECUTABLE)
        else:
            file.write_text(self._edited(file.read_text(encoding="utf-8")), encoding="utf-8")

    def _edited(self, text: str) -> str:
        if self.append is not None:
            return text + self.append
        if self.find is None or text.count(self.find) != 1:
            raise ValueError(f"{self.name}: the text doesn't occur once in {self.path}")
        return text.replace(self.find, self.replace)


def edits() -> Iterator[Edit]:
    """Read the corpus."""
    for table in tomllib.loads(FILE.read_text(encoding="utf-8"))["edit"]:
        yield Edit(**{**table, "keep": tuple(table["keep"])})


def missing(texts: Sequence[str], edit: Edit) -> list[str]:
    """List the texts of an edit that are in none of a service's texts."""
    return [text for text in edit.keep if not any(text in each for each in texts)]


def contents(service: Path) -> list[str]:
    """Return the texts of a service's files."""
    return [
        file.read_text(encoding="utf-8", errors="replace")
        for file in service.rglob("*")
        if file.is_file() and ".git" not in file.relative_to(service).parts
    ]
