"""Count the words that this repository replaces by others: `python -m tests.vocabulary`.

`vocabulary.toml` lists the words, what to say instead, the files where a word is right, and
ceilings by area. `python -m tests.vocabulary tell own --under tests/` lists the places of two
words. `--write` lowers the ceilings to what is counted and writes the table of
`docs/vocabulary.md`. Names and prose are counted separately: names where they are defined, prose
in comments, docstrings, texts with a space, Markdown, TOML and YAML.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import tomlkit

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "vocabulary.toml"
DOCUMENT = ROOT / "docs" / "vocabulary.md"
BEGIN, END = "<!-- counts -->\n", "<!-- /counts -->\n"
# A path's area is the first with a matching prefix.
AREAS = {
    "kit": ("template/kit/src/",),
    "guides": ("template/kit/", "docs/", "README.md", "CONTRIBUTING.md"),
    "service": ("template/", "empty/"),
    "tests": ("tests/",),
    "repository": ("",),
}
FORMS = ("names", "prose")
PROSE = {".md", ".toml", ".yaml", ".yml"}
COMMENT = re.compile(r"(?:^|\s)#(.*)$", re.MULTILINE)
# Where a name's next word begins.
WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")

Counts = dict[str, dict[str, Counter[str]]]


class Place(NamedTuple):
    """A use of a word: its file and line, whether in a name or in prose, and the text there."""

    file: str
    line: int
    form: str
    word: str
    text: str

    def __str__(self) -> str:
        """Return the place as linters print it."""
        return f"{self.file}:{self.line}: {self.word}: {self.text.strip()}"


def words() -> dict[str, Any]:
    """Return the list of words, as it is in the file."""
    return tomlkit.parse(LIST.read_text(encoding="utf-8")).unwrap()


def places(root: Path, files: Iterable[str], listed: Mapping[str, Any]) -> Iterator[Place]:
    """Yield the uses of the listed words, except for allowed ones.

    Args:
        root: The repository, or a copy of another version of it.
        files: Paths below it.
        listed: The words, as `words` gives them.
    """
    patterns = {
        word: re.compile(rf"(?<![\w-])(?:{entry['pattern']})(?![\w-])", re.IGNORECASE)
        for word, entry in listed["words"].items()
    }
    for file in files:
        allowed = _allowed(file, listed)
        searched = {word: each for word, each in patterns.items() if word not in allowed}
        for form, first, text in _texts(root / file) if searched else ():
            lines = text.split("\n")
            for word, pattern in searched.items():
                for found in pattern.finditer(text):
                    line = text.count("\n", 0, found.start())
                    yield Place(file, first + line, form, word, lines[line])


def count(found: Iterable[Place]) -> Counts:
    """Count places by area, form and word."""
    counts: Counts = {area: {form: Counter() for form in FORMS} for area in AREAS}
    for place in found:
        area = next(area for area, begins in AREAS.items() if place.file.startswith(begins))
        counts[area][place.form][place.word] += 1
    return counts


def tracked() -> list[str]:
    """List the files that git knows here."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return [name for name in listed.stdout.decode().split("\0") if name]


def _allowed(file: str, listed: Mapping[str, Any]) -> set[str]:
    """Return the words that aren't counted in a file."""
    return {
        word
        for entry in listed["allowed"]
        if any(fnmatchcase(file, pattern) for pattern in entry["files"])
        for word in entry.get("words", listed["words"])
    }


def _texts(file: Path) -> Iterator[tuple[str, int, str]]:
    """Yield a file's names and its prose, each with its form and first line."""
    suffix = file.with_suffix("").suffix if file.suffix == ".jinja" else file.suffix
    if file.name.endswith(".py.jinja"):  # one line that includes another file
        return
    if suffix not in {".py", *PROSE} or file.is_symlink() or not file.is_file():
        return
    text = file.read_text(encoding="utf-8")
    if suffix != ".py":
        yield "prose", 1, text
        return
    yield "names", 1, _separated(file.stem)
    for comment in COMMENT.finditer(text):
        yield "prose", text.count("\n", 0, comment.start(1)) + 1, comment[1]
    yield from _syntax(ast.parse(text))


def _syntax(tree: ast.Module) -> Iterator[tuple[str, int, str]]:
    """Yield the texts of a module, and the names of its definitions, parameters and variables."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield "names", node.lineno, _separated(name)
            case ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield "names", node.lineno, _separated(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield "names", node.lineno, _separated(name)
            case ast.Constant(value=str(value)) if " " in value.strip():
                yield "prose", node.lineno, value


def _separated(name: str) -> str:
    """Return the words of a name, with spaces between them."""
    return " ".join(WORD.findall(name))


def table(listed: Mapping[str, Any]) -> str:
    """Return the document's table: each word, what to say instead, how often it is used."""
    lines = ["| not | but | 2.0.0: names, prose | now: names, prose |", "|---|---|---|---|"]
    for word, entry in listed["words"].items():
        before = listed["before"].get(word, [0, 0])
        now = [
            sum(listed["ceilings"][area].get(word, [0, 0])[place] for area in AREAS)
            for place in (0, 1)
        ]
        cells = (word, entry["instead"], *(f"{names}, {prose}" for names, prose in (before, now)))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def totals(counts: Counts) -> dict[str, list[int]]:
    """Return how often each word is used in all areas, as names and as prose."""
    names, prose = (sum((each[form] for each in counts.values()), Counter()) for form in FORMS)
    return {word: [names[word], prose[word]] for word in sorted({*names, *prose})}


def lower(listed: dict[str, Any], counts: Counts) -> None:
    """Lower the ceilings to what is counted; an area without any, or a new word, gets them.

    A word that must be absent has none.
    """
    known = listed.setdefault("ceilings", {})
    for area, found in counts.items():
        has = area in known
        ceilings = known.setdefault(area, {})
        for word, entry in listed["words"].items():
            if entry.get("absent"):
                ceilings.pop(word, None)
                continue
            now = [found[form][word] for form in FORMS]
            # No ceiling is one of zero.
            first = [0, 0] if has and word in listed["before"] else now
            former = ceilings.get(word, first)
            lowered = [min(each) for each in zip(former, now, strict=True)]
            if any(lowered):
                ceilings[word] = lowered
            else:
                ceilings.pop(word, None)


def main() -> None:
    """Print counts or places, or write the counts."""
    parser = argparse.ArgumentParser(prog="vocabulary", description="Count words to be avoided.")
    parser.add_argument("words", nargs="*", help="list the places of these words")
    parser.add_argument("--under", default="", help="count only files below this folder")
    parser.add_argument("--write", action="store_true", help="lower ceilings, write the table")
    parser.add_argument("--before", type=Path, help="a copy of 2.0.0, which is counted as such")
    arguments = parser.parse_args()
    listed = words()
    if arguments.before:
        former = (each for each in arguments.before.rglob("*") if each.is_file())
        paths = sorted(each.relative_to(arguments.before).as_posix() for each in former)
        listed["before"] = totals(count(places(arguments.before, paths, listed)))
    files = [file for file in tracked() if file.startswith(arguments.under)]
    found = list(places(ROOT, files, listed))
    counts = count(found)
    for place in found:
        if place.word in arguments.words:
            print(place)  # noqa: T201 - the program's output
    for word, (names, prose) in totals(counts).items():
        print(f"{word:20} {names:5} {prose:5}")  # noqa: T201 - the program's output
    if arguments.write:
        lower(listed, counts)
        LIST.write_text(_rendered(listed), encoding="utf-8")
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        DOCUMENT.write_text(f"{before}{BEGIN}{table(listed)}{END}{after}", encoding="utf-8")


def _rendered(listed: Mapping[str, Any]) -> str:
    head = LIST.read_text(encoding="utf-8").partition("# The counts")[0]
    lines = [
        f"{head}# The counts: names, prose. `python -m tests.vocabulary --write` lowers them.",
        "",
    ]
    for name, entries in (
        ("before", listed["before"]),
        *((f"ceilings.{area}", listed["ceilings"][area]) for area in AREAS),
    ):
        lines.append(f"[{name}]")
        lines += [f'"{word}" = {entries[word]}' for word in listed["words"] if word in entries]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
