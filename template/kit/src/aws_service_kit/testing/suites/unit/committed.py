"""Files of the service are in git, also if a personal ignore file matches them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aws_service_kit.project import ROOT
from aws_service_kit.update.git import Git, environment

# Extensions of the template's and the team's files, as opposed to those of tools.
EXTENSIONS = {".json", ".md", ".mjs", ".py", ".toml", ".txt", ".yaml", ".yml"}


def git(*arguments: str, given: str | None = None) -> str:
    # A git hook sets variables with another index.
    variables = environment()
    done = subprocess.run(  # noqa: S603 (git, with arguments of this module)
        ["git", *arguments],  # noqa: S607 (the user's git)
        cwd=ROOT,
        env=variables,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_no_personal_ignore_file_hides_a_part_of_the_service() -> None:
    if reason := Git(ROOT).failure("rev-parse", "--is-inside-work-tree"):
        pytest.skip(f"git doesn't know the service: {reason}")
    found = git("ls-files", "--others", "--ignored", "--exclude-standard", "--directory")
    hidden = []
    for line in git("check-ignore", "--verbose", "--stdin", given=found).splitlines():
        rule, _, path = line.partition("\t")
        of_the_service = Path(rule.partition(":")[0]).name == ".gitignore"
        if not of_the_service and holds_code(ROOT / path):
            hidden.append(f"{path} (by {rule})")
    assert not hidden, "git ignores this, so that no clone has it; `git add --force` adds it"


def holds_code(path: Path) -> bool:
    files = path.rglob("*") if path.is_dir() else [path]
    hidden = any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    return not hidden and any(file.suffix in EXTENSIONS and file.name[0] != "." for file in files)
