"""A repository without the template that breaks the guideline fails the controls."""

import json
import os
import shutil
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.programs import OWN_PROGRAMS, ROOT, run, without_own_environment

CARELESS = ROOT / "tests" / "careless"
PACKAGE = ROOT / "template" / "kit"
# The other controls don't apply, or are compliant.
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
    """The repository, synthesized with its app."""
    repository = tmp_path_factory.mktemp("careless") / "orders"
    shutil.copytree(CARELESS, repository)
    variables = {
        **os.environ,
        "CDK_OUTDIR": str(repository / "cdk.out"),
        "PATH": os.pathsep.join([str(OWN_PROGRAMS), os.environ["PATH"]]),
    }
    result = run(
        repository,
        sys.executable,
        "infrastructure/app.py",
        environment=variables,
    )
    assert result.returncode == 0, result.stdout
    return repository


def check_the_guideline(repository: Path, *program: str) -> CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(PACKAGE / "src")}
    return run(repository, sys.executable, "-m", *program, environment=variables)


def failed(reports: Path) -> set[str]:
    items = json.loads((reports / "controls.json").read_text("utf-8"))
    return {
        control
        for item in items.values()
        for control, found in item["controls"].items()
        if found["status"] == "failed"
    }


def test_violations_are_found(careless: Path) -> None:
    result = check_the_guideline(careless, "aws_service_kit.controls")
    assert result.returncode == 1, result.stdout
    assert failed(careless / ".cache" / "controls") == FAILED


def test_repo_review_finds_the_plugin(careless: Path) -> None:
    result = check_the_guideline(careless, "repo_review", "--format", "json", ".")
    checks = json.loads(result.stdout)["checks"]
    assert {name for name, check in checks.items() if check["result"] is False} == FAILED
    assert "orders/handler.py" in checks["L4.swallowed"]["err_msg"]


def test_the_extra_controls_is_sufficient(careless: Path, tmp_path: Path) -> None:
    """Install only `./kit[controls]`."""
    uv, python = OWN_PROGRAMS / "uv", tmp_path / "environment" / "bin" / "python"
    for command in (
        ("venv", "--quiet", "--python", sys.executable, "environment"),
        ("pip", "install", "--quiet", "--python", python, f"{PACKAGE}[controls]"),
    ):
        result = run(tmp_path, uv, *command, environment=without_own_environment())
        assert result.returncode == 0, result.stdout
    program = python.with_name("aws-guidelines")
    reports = tmp_path / "reports"
    result = run(careless, program, "--output", reports, environment=without_own_environment())
    assert result.returncode == 1, result.stdout
    assert failed(reports) == FAILED
    listed = run(tmp_path, python, "-c", "import aws_cdk", environment=without_own_environment())
    assert "ModuleNotFoundError" in listed.stdout
