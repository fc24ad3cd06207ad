"""Carry out the steps in a service's documents, exactly as shown."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from tests.service_checks import task

# A paragraph "`path`, instruction:", then the code.
TAUGHT = re.compile(
    r"^`(?P<path>[\w/]+\.py)`(?P<prose>(?:(?!\n\n).)*?):\n\n```python\n(?P<code>.*?)^```$",
    re.M | re.S,
)
IMPORT = re.compile(r"`(from [\w.]+ import \w+)`")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
COMMAND = re.compile(r"^\$ (.+)$", re.M)
TASK = re.compile(r"^\$ python3 dev\.py ([^#\n]+)", re.M)


@dataclass(frozen=True)
class Lesson:
    """Code in a document.

    Attributes:
        path: The file of the code.
        prose: The instruction.
        code: The code.
    """

    path: str
    prose: str
    code: str

    def apply(self, service: Path) -> None:
        """Write or replace the file, or append lines to the stack's `__init__` (2.0: `build`)."""
        path = service / self.path
        for function in ("__init__", "build"):
            if f"`{function}`" in self.prose:
                text = path.read_text(encoding="utf-8")
                path.write_text(self._at_the_end_of(function, text), encoding="utf-8")
                return
        # Documents of earlier releases have the second word.
        replaces = "replaced" in self.prose or "anew" in self.prose
        assert path.exists() is replaces, self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.code, encoding="utf-8")

    def _at_the_end_of(self, function: str, stack: str) -> str:
        (found,) = (
            node
            for node in ast.walk(ast.parse(stack))
            if isinstance(node, ast.FunctionDef) and node.name == function
        )
        last = found.body[-1]
        lines = stack.splitlines(keepends=True)
        end = last.lineno - 1 if isinstance(last, ast.Return) else found.end_lineno or 0
        lines.insert(end, self.code)
        stack = "".join(lines)
        imported = IMPORT.search(self.prose)
        assert imported is not None, self.prose
        first_import = stack.index("\nfrom ") + 1
        return f"{stack[:first_import]}{imported[1]}\n{stack[first_import:]}"


def lessons(document: str) -> list[Lesson]:
    """Return the code of a document, and assert that it names a file for all code."""
    found = [Lesson(*match.group("path", "prose", "code")) for match in TAUGHT.finditer(document)]
    assert len(found) == document.count("```python\n"), "code without a path"
    return found


def steps(document: str) -> list[Lesson | str]:
    """Return the steps of a document in order: code to write, commands to run."""
    found: list[tuple[int, Lesson | str]] = [
        (match.start(), Lesson(*match.group("path", "prose", "code")))
        for match in TAUGHT.finditer(document)
    ]
    for console in CONSOLE.finditer(document):
        commands = COMMAND.finditer(console[1])
        found += [(console.start(1) + command.start(), command[1]) for command in commands]
    return [step for _, step in sorted(found, key=lambda each: each[0])]


def commands(document: str, name: str) -> list[str]:
    """Return a document's command lines that run a task of the service."""
    lines = TASK.findall("\n".join(CONSOLE.findall(document)))
    return [line for line in lines if line.split()[0] == name]


def tasks(document: str) -> list[list[str]]:
    """Return the service's tasks in a document's console blocks."""
    consoles = "\n".join(CONSOLE.findall(document))
    return [line.split() for line in TASK.findall(consoles)]


def follow(service: Path, document: str) -> None:
    """Write the code of a document of the service, and format it."""
    for lesson in lessons((service / document).read_text(encoding="utf-8")):
        lesson.apply(service)
    formatted = task(service, "format")
    assert formatted.returncode == 0, formatted.stdout
