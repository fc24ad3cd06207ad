"""Count words that this repository says otherwise: `python -m tests.vocabulary`, with `--write`.

`vocabulary.toml` lists the words, what to say instead, and ceilings by area. `--write` lowers the
ceilings to what is counted and writes the table of `docs/vocabulary.md`. Names and prose are
counted apart: names where they are defined, prose in comments, docstrings, texts with a space,
Markdown, TOML and YAML.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import tomlkit

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "vocabulary.toml"
PAGE = ROOT / "docs" / "vocabulary.md"
BEGIN, END = "<!-- counts -->\n", "<!-- /counts -->\n"
# The first that fits is a path's area.
AREAS = {
    "kit": ("template/kit/src/",),
    "guides": ("template/kit/", "docs/", "README.md", "CONTRIBUTING.md"),
    "service": ("template/", "empty/"),
    "tests": ("tests/",),
    "repository": ("",),
}
# What is history, data, another language, or about these words.
LEFT_OUT = (
    "CHANGELOG.md",
    "benchmarks/baselines/",
    "benchmarks/results/",
    "docs/field-reports.md",
    "docs/performance",
    "docs/readable.md",
    "docs/vocabulary.md",
    "migrations/requirements.txt",
    "migrations/v",
    "template/kit/CHANGELOG.md",
    "template/kit/guides/dados-pessoais.md",
    "template/kit/src/aws_service_kit/controls/kit_tests.toml",
    "template/kit/src/aws_service_kit/testing/release_1_5_0.py",
    "template/package",
    "tests/corpus/",
    "tests/interfaces/",
    "tests/test_into_the_kit.py",
    "tests/test_renames.py",
    "tests/test_vocabulary.py",
    "tests/vocabulary.",
)
PROSE = {".md", ".toml", ".yaml", ".yml"}
COMMENT = re.compile(r"(?:^|\s)#(.*)$", re.MULTILINE)
# Where a name's next word begins.
WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")

Counts = dict[str, dict[str, Counter[str]]]


def words() -> dict[str, Any]:
    """Return the list of words, as it is in the file."""
    return tomlkit.parse(LIST.read_text(encoding="utf-8")).unwrap()


def count(root: Path, files: Iterable[str], listed: Mapping[str, Any]) -> Counts:
    """Count words in files.

    Args:
        root: The repository, or a copy of another version of it.
        files: Paths below it.
        listed: The words, as `words` gives them.

    Returns:
        By area, counters of names and of prose.
    """
    patterns = {
        word: re.compile(rf"(?<![\w-])(?:{entry['pattern']})(?![\w-])", re.IGNORECASE)
        for word, entry in listed["words"].items()
    }
    counts: Counts = {area: {"names": Counter(), "prose": Counter()} for area in AREAS}
    for file in files:
        if file.startswith(LEFT_OUT):
            continue
        texts = _texts(root / file)
        if texts is None:
            continue
        area = next(area for area, begins in AREAS.items() if file.startswith(begins))
        for form, text in zip(("names", "prose"), texts, strict=True):
            for word, pattern in patterns.items():
                if found := len(pattern.findall(text)):
                    counts[area][form][word] += found
    return counts


def tracked() -> list[str]:
    """List the files that git knows here."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return [name for name in listed.stdout.decode().split("\0") if name]


def _texts(file: Path) -> tuple[str, str] | None:
    """Return a file's names, a line for each, and its prose."""
    suffix = file.with_suffix("").suffix if file.suffix == ".jinja" else file.suffix
    if file.name.endswith(".py.jinja"):  # one line that includes another file
        return None
    if suffix not in {".py", *PROSE} or file.is_symlink() or not file.is_file():
        return None
    text = file.read_text(encoding="utf-8")
    if suffix != ".py":
        return "", text
    tree = ast.parse(text)
    names = (" ".join(WORD.findall(name)) for name in (file.stem, *_names(tree)))
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    prose = (value for value in constants if isinstance(value, str) and " " in value.strip())
    return "\n".join(names), "\n".join([*COMMENT.findall(text), *prose])


def _names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module defines: classes, functions, parameters, variables, fields."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def table(listed: Mapping[str, Any]) -> str:
    """Return the document's table: each word, what to say instead, how often it is said."""
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
    """Return how often each word is said anywhere, as names and as prose."""
    names, prose = (sum((each[form] for each in counts.values()), Counter()) for form in FORMS)
    return {word: [names[word], prose[word]] for word in sorted({*names, *prose})}


FORMS = ("names", "prose")


def lower(listed: dict[str, Any], counts: Counts) -> None:
    """Lower the ceilings to what is counted; an area without any, or a new word, gets them."""
    known = listed.setdefault("ceilings", {})
    for area, found in counts.items():
        has = area in known
        ceilings = known.setdefault(area, {})
        for word in listed["words"]:
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
    """Print what is counted, or write it."""
    parser = argparse.ArgumentParser(prog="vocabulary", description="Count words to be avoided.")
    parser.add_argument("--write", action="store_true", help="lower ceilings, write the table")
    parser.add_argument("--before", type=Path, help="a copy of 2.0.0, which is counted as such")
    arguments = parser.parse_args()
    listed = words()
    if arguments.before:
        files = (each for each in arguments.before.rglob("*") if each.is_file())
        paths = [each.relative_to(arguments.before).as_posix() for each in files]
        listed["before"] = totals(count(arguments.before, sorted(paths), listed))
    counts = count(ROOT, tracked(), listed)
    for word, (names, prose) in totals(counts).items():
        print(f"{word:20} {names:5} {prose:5}")  # noqa: T201 - the program's output
    if arguments.write:
        lower(listed, counts)
        LIST.write_text(_rendered(listed), encoding="utf-8")
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}{table(listed)}{END}{after}", encoding="utf-8")


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
