"""A repository that no template made, and that does what the guideline warns of, fails by name."""

import json
import os
import shutil
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.programs import OWN_PROGRAMS, ROOT, run

CARELESS = ROOT / "tests" / "careless"
PLUGIN = ROOT / "template" / "guidelines" / "src"
# Of the rest it has nothing, or it says nothing wrong of it.
FAILED = {
    "2.2.clients",
    "3.1.runtime",
    "4.2.targets",
    "4.3.no-addresses",
    "4.3.no-names",
    "4.3.partial-batch",
    "8.1.audited",
    "8.1.no-keys",
    "8.1.one-at-a-time",
    "8.1.permissions",
    "8.1.pinned",
    "C1.domains",
    "C2.components",
    "C3.wildcards",
    "C4.variables",
    "C5.tags",
    "C6.explicit",
    "F1.recommender",
    "F2.reserved",
    "F4.lifecycle",
    "F5.anomalies",
    "L1.layers",
    "L2.typed",
    "L2.validated",
    "L3.lines",
    "L3.no-print",
    "L4.outcomes",
    "L4.swallowed",
    "L5.explicit-size",
    "L5.visibility",
    "L6.dead-letters",
    "L7.coverage",
    "M1.json",
    "M2.counted",
    "M3.covered",
    "M4.shown",
    "O1.traced",
    "O2.correlated",
    "O3.error-query",
    "O4.percentile",
    "O4.service-level",
    "O5.budget",
    "P5.own-logs",
    "R1.cost-tags",
    "R2.ends",
    "R3.referred-to",
    "R3.scheduled",
    "R4.report",
    "S-D1.at-rest",
    "S-D1.recovery",
    "S-D2.in-transit",
    "S-D3.read-anew",
    "S-D4.parameters",
    "S-I1.behaviour",
    "S-I1.rule-packs",
    "S-I2.own-role",
    "S-I3.statement-ids",
}


@pytest.fixture(scope="module")
def careless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, synthesized as its own app does it."""
    repository = tmp_path_factory.mktemp("careless") / "orders"
    shutil.copytree(CARELESS, repository)
    variables = {
        **os.environ,
        "CDK_OUTDIR": str(repository / "cdk.out"),
        "PATH": os.pathsep.join([str(OWN_PROGRAMS), os.environ["PATH"]]),
    }
    result = run(repository, sys.executable, "infrastructure/app.py", environment=variables)
    assert result.returncode == 0, result.stdout
    return repository


def hold_to_the_guideline(repository: Path, *program: str) -> CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(PLUGIN)}
    return run(repository, sys.executable, "-m", *program, environment=variables)


def test_what_the_guideline_warns_of_is_found(careless: Path) -> None:
    result = hold_to_the_guideline(careless, "aws_guidelines")
    assert result.returncode == 1, result.stdout
    items = json.loads((careless / ".cache" / "controls" / "controls.json").read_text("utf-8"))
    statuses = {
        control: found["status"]
        for item in items.values()
        for control, found in item["controls"].items()
    }
    failed = {control for control, status in statuses.items() if status == "failed"}
    assert failed == FAILED


def test_repo_review_finds_the_plugin_by_itself(careless: Path) -> None:
    result = hold_to_the_guideline(careless, "repo_review", "--format", "json", ".")
    checks = json.loads(result.stdout)["checks"]
    failed = {name for name, check in checks.items() if check["result"] is False}
    assert failed == FAILED
    assert "orders/handler.py" in checks["L4.swallowed"]["err_msg"]
