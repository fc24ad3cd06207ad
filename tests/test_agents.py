"""The instructions for agents: derived tables, existing paths, commands that run, thin links."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from tests import agents, exhaustive
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.ownership import manifest
from tests.programs import ROOT
from tests.service_checks import task
from tests.test_local import set_up

CODE = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"`python3 dev\.py ([^`]+)`")
PATH = re.compile(r"[\w.*-]+(?:/[\w.*-]*)+|[\w-]*\.[a-z]\w*|[A-Z]+\.md")
# The file that each tool reads, with the format of its links.
LINKS = {
    "CLAUDE.md": "@AGENTS.md",
    "GEMINI.md": "@./AGENTS.md",
    ".github/copilot-instructions.md": "(../AGENTS.md)",
}
# Tasks without a quick run. Other tests run them.
ELSEWHERE = {"setup", "local-test", "update"}


def document(service: Path) -> str:
    return (service / "AGENTS.md").read_text(encoding="utf-8")


def test_the_tables_are_generated_from_tasks_and_manifest() -> None:
    written = agents.DOCUMENT.read_text(encoding="utf-8")
    assert written == agents.text(), "run `python3 dev.py ownership`"
    assert len(written.splitlines()) <= 80, "short, since every session reads it"


@pytest.mark.parametrize(
    "stacks",
    [
        ["api"],
        pytest.param([], marks=exhaustive.MARK),
        pytest.param(list(ALL_STACKS), marks=exhaustive.MARK),
    ],
    ids=["api", "storage alone", "every stack"],
)
def test_each_path_exists_or_is_derived(render: Render, stacks: list[str]) -> None:
    service = render({"stacks": stacks})
    derived = {path for path, owner in manifest()["paths"].items() if owner == "derived"}
    named = {name for name in CODE.findall(document(service)) if PATH.fullmatch(name)}
    guides = {name for name in named if (service / "kit/guides" / name).is_file()}
    assert {"infrastructure/stacks/", "kit/guides/", "docs/openapi.json"} <= named
    chosen = {"guidelines.toml"}  # written with the first waiver
    missing = {name for name in named - guides - derived - chosen if not (service / name).exists()}
    assert missing == set()


def test_each_command_is_a_task(service: Path) -> None:
    tasks = tomllib.loads((service / "poe_tasks.toml").read_text(encoding="utf-8"))["tasks"]
    named = {line.split()[0] for line in COMMAND.findall(document(service))}
    assert {"setup", "add", "check", "local-test"} <= named
    assert named - {"setup"} <= tasks.keys()


@exhaustive.MARK
def test_each_command_runs(render: Render) -> None:
    service = render({"stacks": ["api", "messaging"]})
    set_up(service)
    named = dict.fromkeys(line for line in COMMAND.findall(document(service)))
    lines = [line for line in named if line.split()[0] not in ELSEWHERE]
    # The controls read the results of the other commands.
    for line in sorted(lines, key="check controls".find):
        done = task(service, *shlex.split(line), *(["--help"] if line == "add" else []))
        assert done.returncode == 0, f"{line}:\n{done.stdout}"


@pytest.mark.parametrize("name", LINKS)
def test_files_of_tools_are_links(service: Path, name: str) -> None:
    comment, link = (service / name).read_text(encoding="utf-8").splitlines()
    assert comment.startswith("<!-- Template-owned")
    assert LINKS[name] in link
    here = (ROOT / name).read_text(encoding="utf-8")
    assert LINKS[name] in here
    assert "CONTRIBUTING.md" in here
    assert len(here.splitlines()) <= 2


def test_the_paths_in_this_repositorys_agents_md_exist() -> None:
    text = (ROOT / "AGENTS.md").read_text(encoding="utf-8")
    named = [name for name in CODE.findall(text) if PATH.fullmatch(name)]
    assert named
    assert [name for name in named if not list(ROOT.glob(name))] == []
