"""Templates for administrators are valid CloudFormation."""

from pathlib import Path

import pytest

from tests.programs import OWN_PROGRAMS, ROOT, run

TEMPLATES = sorted((ROOT / "template" / "operations").glob("*.yaml"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_cfn_lint_finds_nothing(template: Path) -> None:
    result = run(ROOT, OWN_PROGRAMS / "cfn-lint", template)
    assert result.returncode == 0, result.stdout
