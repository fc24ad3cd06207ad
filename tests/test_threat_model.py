"""Each claim of a service's threat model names existing controls or tests."""

import ast
import re
from pathlib import Path

import pytest
from aws_service_kit.controls.catalog import CONTROLS

from tests.programs import ROOT

DOCUMENT = ROOT / "template/kit/guides/threat-model.md"
CLAIM = re.compile(r"^\| (?P<claim>[^|*][^|]*\.) \| (?P<evidence>[^|]+) \|$", re.MULTILINE)
RULES = {control.id for control in CONTROLS}
EVIDENCE = re.compile(r"`([^`]+)`")
CLAIMS = {
    match["claim"]: match["evidence"] for match in CLAIM.finditer(DOCUMENT.read_text("utf-8"))
}


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def exists(each: str) -> bool:
    """Return whether a control's id, or a test by path and function, is there."""
    if "::" not in each:
        return each in RULES
    path, _, function = each.removeprefix("template: ").partition("::")
    return (ROOT / path).is_file() and function in functions_of(ROOT / path)


def test_the_document_makes_claims() -> None:
    sections = DOCUMENT.read_text(encoding="utf-8").count("\n| **")
    assert len(CLAIMS) > 4 * sections > 0


@pytest.mark.parametrize("evidence", CLAIMS.values(), ids=CLAIMS)
def test_a_claim_has_evidence(evidence: str) -> None:
    named = EVIDENCE.findall(evidence)
    assert named
    assert [each for each in named if not exists(each)] == []
