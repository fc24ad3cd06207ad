"""Code in a service's documents passes every check."""

import json
import re
from pathlib import Path

import pytest

from tests import exhaustive
from tests.added_function import add_function
from tests.conftest import Render
from tests.documented_steps import follow, tasks
from tests.kernel import derive
from tests.programs import ROOT
from tests.service_checks import task
from tests.test_ownership import files_of
from tests.test_services import ARCHITECTURE, CHECKS, OPENAPI

DOCS = ROOT / "template" / "kit" / "guides"
DOCUMENTS = sorted(DOCS.glob("*.md"))
IGNORED = re.compile(r"(^|/)(\.\w+_cache|\.cache|\.hypothesis|__pycache__)/|^\.coverage")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(#[^)\s]+)?\)")

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)


def test_a_function_needs_seven_lines(render: Render) -> None:
    service = render({})
    derive(service)
    before = {path: (service / path).read_bytes() for path in files_of(service)}

    add_function(service)
    derive(service)

    changed = {
        path for path in files_of(service) if before.get(path) != (service / path).read_bytes()
    }
    left_by_tools = {path for path in changed if IGNORED.search(path)}
    assert changed - left_by_tools == {
        "src/service/handlers/get_limits.py",
        "tests/unit/handlers/test_get_limits.py",
        "src/service/handlers/contract.py",
        "infrastructure/stacks/api.py",
        OPENAPI,
        ARCHITECTURE,
        "docs/configuration.md",
        "docs/runbooks/README.md",
        "docs/runbooks/api.md",
    }
    stack = (service / "infrastructure/stacks/api.py").read_text(encoding="utf-8")
    added = stack.partition("def add_get_limits(")[2]
    (call,) = re.findall(r"^    \w+ = Function\(\n.*?^    \)\n", added, re.M | re.S)
    assert len(call.splitlines()) == 7
    assert "GET /limits" in (service / ARCHITECTURE).read_text(encoding="utf-8")
    assert "/limits" in json.loads((service / OPENAPI).read_bytes())["paths"]


@exhaustive.MARK
def test_documented_functions_queues_and_tables_pass_every_check(render: Render) -> None:
    service = render({"stacks": ["api", "messaging"]})
    add_function(service)
    guides = ("kit/guides/second-queue.md", "kit/guides/second-table.md")
    for guide in guides:
        follow(service, guide)
    consoles = "\n".join((service / guide).read_text(encoding="utf-8") for guide in guides)
    called = {name: arguments for name, *arguments in tasks(consoles)}
    assert "check" in called
    for name in (*CHECKS, *(called.keys() - {"check"})):
        result = task(service, name, *called.get(name, []))
        assert result.returncode == 0, f"{name}:\n{result.stdout}"


@every_document
def test_links_within_the_service_are_valid(document: Path, service: Path) -> None:
    folder = (service / document.relative_to(ROOT / "template")).parent
    for target, _ in LINK.findall(document.read_text(encoding="utf-8")):
        assert (folder / target).exists(), target
