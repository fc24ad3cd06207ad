"""Do what a service's documents teach, word for word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.service_checks import task

# A paragraph "`path`, what to do with it:", then the code.
TAUGHT = re.compile(
    r"^`(?P<path>[\w/]+\.py)`(?P<prose>(?:(?!\n\n).)*?):\n\n```python\n(?P<code>.*?)^```$",
    re.M | re.S,
)
IMPORT = re.compile(r"`(from [\w.]+ import \w+)`")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
COMMAND = re.compile(r"^\$ (.+)$", re.M)
TASK = re.compile(r"^\$ python3 dev\.py ([^#\n]+)", re.M)
END_OF_BUILD = "    return stack\n"


@dataclass(frozen=True)
class Lesson:
    """Code that a document shows.

    Attributes:
        path: The file that it belongs to.
        prose: What to do with it.
        code: The code.
    """

    path: str
    prose: str
    code: str

    def apply(self, service: Path) -> None:
        """Write the file, or write it anew, or put the lines at the end of the stack's `build`."""
        path = service / self.path
        if "`build`" in self.prose:
            text = path.read_text(encoding="utf-8")
            path.write_text(self._at_the_end_of_build(text), encoding="utf-8")
            return
        assert path.exists() is ("anew" in self.prose), self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.code, encoding="utf-8")

    def _at_the_end_of_build(self, stack: str) -> str:
        assert stack.count(END_OF_BUILD) == 1, "the stack has one build"
        stack = stack.replace(END_OF_BUILD, self.code + END_OF_BUILD)
        imported = IMPORT.search(self.prose)
        assert imported is not None, self.prose
        first_import = stack.index("\nfrom ") + 1
        return f"{stack[:first_import]}{imported[1]}\n{stack[first_import:]}"


def lessons(document: str) -> list[Lesson]:
    """Find the code that a document shows, and assert that it says where all of it belongs."""
    found = [Lesson(*match.group("path", "prose", "code")) for match in TAUGHT.finditer(document)]
    assert len(found) == document.count("```python\n"), "code without a path"
    return found


def steps(document: str) -> list[Lesson | str]:
    """List what a document has its reader do, in its order: code to write, commands to run."""
    found: list[tuple[int, Lesson | str]] = [
        (match.start(), Lesson(*match.group("path", "prose", "code")))
        for match in TAUGHT.finditer(document)
    ]
    for console in CONSOLE.finditer(document):
        commands = COMMAND.finditer(console[1])
        found += [(console.start(1) + command.start(), command[1]) for command in commands]
    return [step for _, step in sorted(found, key=lambda each: each[0])]


def tasks(document: str) -> list[list[str]]:
    """List the service's tasks that a document's consoles run."""
    consoles = "\n".join(CONSOLE.findall(document))
    return [line.split() for line in TASK.findall(consoles)]


def follow(service: Path, document: str) -> None:
    """Write what a document of the service teaches, and format."""
    for lesson in lessons((service / document).read_text(encoding="utf-8")):
        lesson.apply(service)
    formatted = task(service, "format")
    assert formatted.returncode == 0, formatted.stdout
