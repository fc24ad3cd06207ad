"""Each claim of a service's threat model names existing controls or tests."""

import ast
import re
from pathlib import Path

import pytest
from aws_service_kit.controls.catalog import CONTROLS

from tests.programs import ROOT

PAGE = ROOT / "template/kit/guides/threat-model.md"
CLAIM = re.compile(r"^\| (?P<claim>[^|*][^|]*\.) \| (?P<proofs>[^|]+) \|$", re.MULTILINE)
RULES = {control.id for control in CONTROLS}
PROOF = re.compile(r"`([^`]+)`")
CLAIMS = {match["claim"]: match["proofs"] for match in CLAIM.finditer(PAGE.read_text("utf-8"))}


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def exists(proof: str) -> bool:
    """Return whether a control's id, or a test by path and function, is there."""
    if "::" not in proof:
        return proof in RULES
    path, _, function = proof.removeprefix("template: ").partition("::")
    return (ROOT / path).is_file() and function in functions_of(ROOT / path)


def test_the_page_makes_claims() -> None:
    sections = PAGE.read_text(encoding="utf-8").count("\n| **")
    assert len(CLAIMS) > 4 * sections > 0


@pytest.mark.parametrize("proofs", CLAIMS.values(), ids=CLAIMS)
def test_a_claim_has_a_test(proofs: str) -> None:
    named = PROOF.findall(proofs)
    assert named
    assert [proof for proof in named if not exists(proof)] == []
