"""Create a migration from a change of the scaffold: `dev.py scaffold-patch NAME BASE..HEAD`.

An update never changes service-owned files. So existing services get a change of them as a patch,
which is applied if the team hasn't changed these lines.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import tomlkit
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import VERBATIM, Git
from aws_service_kit.update.ownership import Ownership
from aws_service_kit.update.patches import VARIANTS
from aws_service_kit.update.release import FILE, FOLDER, PATCH, Release

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "template"
# The files of services without the sample.
EMPTY = VARIANTS.rstrip("/")
RENDERED = ".jinja"
# A file that the updater writes.
STATE = "tooling/migrations.toml"


def scaffolded(root: Path, paths: Iterable[str]) -> list[str]:
    """Return the paths of scaffold files, which are created once and don't depend on answers."""
    ownership = Ownership.read(root / TEMPLATE)
    return [
        path
        for path in paths
        if ownership.of(path) == "service" and not path.endswith(RENDERED) and path != STATE
    ]


def scaffold_of(root: Path, commit: str, folder: str = TEMPLATE) -> list[str]:
    """Return the scaffold files of a commit.

    Args:
        root: The template's repository.
        commit: The commit.
        folder: The sample's folder or `EMPTY`.
    """
    git = Git(root)
    if not git.succeeds("cat-file", "-e", f"{commit}:{folder}"):
        return []
    listed = git.names("ls-tree", "-r", "--name-only", "-z", f"{commit}:{folder}")
    return scaffolded(root, listed)


def diff(root: Path, base: str, head: str) -> str:
    """Return the diff of both scaffolds of two commits; without a second one, of `HEAD`."""
    head = head or "HEAD"
    # A file of `empty/` is named with that folder.
    return _diff(root, TEMPLATE, root / TEMPLATE, base, head) + _diff(root, EMPTY, root, base, head)


def _diff(root: Path, folder: str, home: Path, base: str, head: str) -> str:
    scaffold = {*scaffold_of(root, base, folder), *scaffold_of(root, head, folder)}
    if not scaffold:
        return ""
    paths = sorted(os.path.relpath(root / folder / path, home) for path in scaffold)
    options = ("--no-renames", "--full-index", "--no-ext-diff", "--relative")
    prefixes = ("--src-prefix=a/", "--dst-prefix=b/")
    patch: str = Git(home, *VERBATIM)("diff", *options, *prefixes, base, head, "--", *paths)
    return patch


def add(root: Path, name: str, summary: str, patch: str, reason: str = "") -> Path:
    """Write a patch and append it to `migrations/release.toml`.

    Args:
        root: The template's repository.
        name: The migration's name.
        summary: One line on the change.
        patch: The patch.
        reason: Why existing services don't get it; empty if they do.

    Returns:
        The patch's file.

    Raises:
        ValueError: The name is taken.
    """
    release = Release.read(root)
    if release is None or name in {each.name for each in release.migrations}:
        raise ValueError(f"There is a migration {name} already, or no {FILE}.")
    file = Path(f"v{release.number.replace('.', '_')}", f"{name}{PATCH}")
    entry = {"name": name, "release": release.number, "summary": summary}
    entry["file"] = file.as_posix()
    if reason:
        entry["new_services_only"] = reason
    with (root / FILE).open("a", encoding="utf-8") as listed:
        listed.write("\n" + tomlkit.dumps({"migrations": [entry]}))
    target: Path = root / FOLDER / file
    target.parent.mkdir(exist_ok=True)
    target.write_text(patch, encoding="utf-8")
    return target


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Create the migration of the arguments; return the exit code."""
    parser = argparse.ArgumentParser(prog="scaffold-patch", description=__doc__)
    parser.add_argument("name", help="such as event-bus-name")
    parser.add_argument("ranges", nargs="+", help="commits in order, such as abc1234^..def5678")
    parser.add_argument("--summary", required=True, help="the change in one line")
    parser.add_argument("--new-services-only", default="", metavar="REASON")
    asked = parser.parse_args(arguments)
    if not all(".." in each for each in asked.ranges):
        parser.error("a range has two dots: BASE..HEAD")
    try:
        patch = "".join(diff(root, *each.split("..")) for each in asked.ranges)
    except UpdateError as error:
        parser.error(str(error))
    if not patch:
        print("Nothing that is service-owned changes there.", file=sys.stderr)
        return 1
    print(add(root, asked.name, asked.summary, patch, asked.new_services_only))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
