"""Write the ownership patterns of `copier.yml` from the manifest: `python3 dev.py ownership`.

`template/tooling/ownership.toml` has the owner of each path, and the stacks that it belongs to.
Copier needs the same as lists of patterns; tests/test_ownership.py fails while they are stale.

A file of the folder `empty/` replaces the sample's file of the same path in a service with the
scaffold "empty". Copier renders one source for each path, so a file `PATH.jinja` next to the
sample's includes the chosen one; this program writes these files, too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from tests.programs import ROOT

QUESTIONS = ROOT / "copier.yml"
MANIFEST = ROOT / "template" / "tooling" / "ownership.toml"
TEMPLATE = ROOT / "template"
EMPTY = ROOT / "empty"
SUFFIX = ".jinja"
# Of a list, Jinja includes the first file that exists: there is no folder sample/.
CHOICE = '{% include [scaffold ~ "/PATH", "template/PATH"] -%}\n'
BEGIN = "# Begin: `python3 dev.py ownership` writes this from template/tooling/ownership.toml.\n"
END = "# End.\n"
GENERATED = re.compile(f"( *){re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
# Names in the conditions of `[scaffold]` that aren't stacks.
NO_STACK = {"always", "first", "or"}
# The paths that a copy and an update scaffold, each with its condition before it. The condition is
# "!" if the path is scaffolded now, and empty otherwise. A path without "!" is excluded.
HEAD = """\
- |
  {% set updating = _copier_operation == "update" %}
  {% set before = _external_data.previous.stacks | default(stacks) if updating else [] %}
  {% set newly_chosen = stacks | reject("in", before) | list %}
  {% set always = "" if updating else "!" %}
  {% set first = "" if updating or made_from | default("") else "!" %}
"""


def manifest() -> dict[str, Any]:
    """Read the manifest."""
    return tomllib.loads(MANIFEST.read_text(encoding="utf-8"))


def questions() -> str:
    """Return `copier.yml` with the lists that the manifest gives."""
    content = manifest()
    removed = content["retired"] | content["relocated"]
    scaffolds = {"sample": content["scaffold"], "empty": content["empty"]}
    lists = (skipped(content["paths"]), excluded(removed, scaffolds))
    blocks = iter(["".join(lines) for lines in lists])

    def written(found: re.Match[str]) -> str:
        return _indented(f"{BEGIN}{next(blocks)}{END}", found[1])

    return GENERATED.sub(written, QUESTIONS.read_text(encoding="utf-8"))


def skipped(paths: Mapping[str, str]) -> Iterator[str]:
    """Yield the patterns of service-owned files, which Copier must not overwrite."""
    for key, owner in sorted(paths.items()):
        if owner != "service":
            continue
        inside = [path for path in sorted(paths) if path != key and path.startswith(key)]
        # Copier skips whole folders, so a folder with files of other owners is listed by its files.
        yield f"- /{key.removesuffix('/')}{'/*' if inside else ''}\n"
        yield from (f'- "!/{path}"\n' for path in inside if paths[path] != "service")


def excluded(
    removed: Mapping[str, str], scaffolds: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[str]:
    """Yield the patterns of files that aren't rendered: retired, moved and not scaffolded."""
    yield from (f"- /{path}\n" for path in sorted(removed))
    yield HEAD
    stacks = dict.fromkeys(re.findall(r"\w+", " ".join(scaffolds["sample"])))
    for stack in stacks:
        if stack not in NO_STACK:
            yield f'  {{% set {stack} = "!" if "{stack}" in newly_chosen else "" %}}\n'
    every_path = {path for scaffold in scaffolds.values() for path in paths_of(scaffold)}
    for name, scaffold in scaffolds.items():
        # A version before 2.2.0 doesn't ask for the scaffold.
        yield f'\n  {{% if scaffold | default("sample") == "{name}" %}}\n'
        for condition, paths in scaffold.items():
            yield "\n"
            yield from (f"  {{{{ {condition} }}}}/{path}\n" for path in paths)
        if others := without_folders(every_path - paths_of(scaffold), paths_of(scaffold)):
            yield "\n"
            yield from (f"  /{path}\n" for path in others)
        yield "\n  {% endif %}\n"


def without_folders(others: Collection[str], paths: Collection[str]) -> list[str]:
    """Return excluded paths, with a folder in place of its files if it has no other file.

    Copier creates a folder even if all its files are excluded, and git doesn't track it.
    """
    used = {folder for path in paths for folder in PurePosixPath(path).parents}
    found = set()
    for path in map(PurePosixPath, others):
        unused = (folder for folder in path.parents[::-1] if folder not in used)
        found.add(str(next(unused, path)))
    return sorted(found)


def paths_of(scaffold: Mapping[str, Sequence[str]]) -> set[str]:
    """Return all paths of a scaffold, of any stack."""
    return {path for paths in scaffold.values() for path in paths}


def choices() -> dict[Path, str]:
    """Return the files that include a path's file of the sample or of `empty/`, with their text."""
    names = sorted(path for path in paths_of(manifest()["empty"]) if (EMPTY / path).is_file())
    return {TEMPLATE / f"{name}{SUFFIX}": CHOICE.replace("PATH", name) for name in names}


def idle_choices() -> list[Path]:
    """Return such files whose path has no empty variant any more."""
    start = CHOICE.partition("PATH")[0]
    found = (path for path in TEMPLATE.rglob(f"*{SUFFIX}") if path not in choices())
    return sorted(path for path in found if path.read_text(encoding="utf-8").startswith(start))


def _indented(text: str, by: str) -> str:
    return "".join(by + line if line.strip() else line for line in text.splitlines(keepends=True))


def main() -> None:
    """Write the lists, and the files that include a variant."""
    QUESTIONS.write_text(questions(), encoding="utf-8")
    for path in idle_choices():
        path.unlink()
    for path, text in choices().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
