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
# Of that many stacks, functions and so on nothing of the rest is there.
PROVEN = {"C1.domains", "C4.committed", "P1.serverless", "P2.no-calls", "REVIEW.quarterly"}


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


FAILED: set[str] = set()
