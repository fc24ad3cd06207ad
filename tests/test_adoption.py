"""A handwritten service adopts the template, as in docs/adopting.md."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from aws_service_kit.controls.catalog.cdk import KEPT

from tests import exhaustive
from tests.documented_steps import Lesson, steps
from tests.kernel import synthesize
from tests.programs import OWN_PROGRAMS, ROOT, git, run
from tests.releases import HERE
from tests.service_checks import assert_passes, environment
from tests.team_services import begin

DOCUMENT = ROOT / "docs" / "adopting.md"
HANDWRITTEN = ROOT / "tests" / "handwritten"
URL = "https://github.com/ORGANISATION/REPOSITORY"
CHECKS = ("lint", "types", "imports", "workflows", "unit", "infrastructure", "derive")
STATEFUL = "AWS::DynamoDB::Table"


def synthesized(service: Path, *program: str) -> dict[str, Any]:
    """Synthesize a service; return the resources of the template for the deployed stack Orders."""
    assembly = service / "cdk.out"
    shutil.rmtree(assembly, ignore_errors=True)
    assembly.mkdir()
    variables = {**environment(), "CDK_OUTDIR": str(assembly)}
    result = run(service, "python", *program, environment=variables)
    assert result.returncode == 0, result.stdout
    for manifest in assembly.rglob("manifest.json"):
        artifacts = json.loads(manifest.read_text(encoding="utf-8"))["artifacts"].values()
        stacks = [each for each in artifacts if each["type"] == "aws:cloudformation:stack"]
        for stack in (each["properties"] for each in stacks):
            if stack.get("stackName", "Orders") == "Orders":
                template = (manifest.parent / stack["templateFile"]).read_text(encoding="utf-8")
                resources: dict[str, Any] = json.loads(template)["Resources"]
                return resources
    raise AssertionError("nothing is deployed as the stack Orders")


def follow(service: Path, step: Lesson | str, releases: Path) -> None:
    if isinstance(step, Lesson):
        step.apply(service)
    elif step.startswith("python3 dev.py"):
        # These run below, in this repository's environment.
        assert step.split()[2] in {"setup", "format", "check"}
    else:
        path = os.pathsep.join([str(OWN_PROGRAMS), os.environ["PATH"]])
        command = step.replace(URL, str(releases)).replace("copy ", f"copy --vcs-ref={HERE} ", 1)
        variables = {**os.environ, "PATH": path}
        for role in ("AUTHOR", "COMMITTER"):
            variables |= {f"GIT_{role}_NAME": "team", f"GIT_{role}_EMAIL": "team@localhost"}
        result = run(service, "bash", "-c", command, environment=variables)
        assert result.returncode == 0, f"{command}:\n{result.stdout}"


def configure(service: Path, document: str) -> None:
    """Write the document's configuration, and its waivers without an expiry."""
    values = re.compile(r"`([\w/]+\.toml)`:\n\n```toml\n(.*?)^```", re.M | re.S)
    found = dict(values.findall(document))
    assert found.keys() == {"infrastructure/config/team.toml", "guidelines.toml"}
    for path, text in found.items():
        with (service / path).open("a", encoding="utf-8") as file:
            file.write(text.replace("expires = 2027", "expires = 2999"))


@pytest.fixture
def handwritten(tmp_path: Path) -> Path:
    service = tmp_path / "orders"
    shutil.copytree(HANDWRITTEN, service, ignore=shutil.ignore_patterns("__pycache__", "cdk.out"))
    begin(service)
    return service


@exhaustive.MARK
def test_a_handwritten_service_is_adopted_without_losses(
    handwritten: Path, releases: Path, tmp_path: Path
) -> None:
    before = {
        logical_id: body
        for logical_id, body in synthesized(handwritten, "app.py").items()
        if body["Type"] == STATEFUL
    }
    assert before, "the service has no resources"
    old = git(handwritten, "rev-parse", "HEAD").strip()
    document = DOCUMENT.read_text(encoding="utf-8")

    for step in steps(document):
        follow(handwritten, step, releases)
        if isinstance(step, str) and "Adopt the template" in step:
            merged = git(handwritten, "diff", "--name-status", old, "HEAD").splitlines()
            assert {line.split("\t")[1] for line in merged if line[0] != "A"} == {
                ".gitignore",
                "cdk.json",
            }
            configure(handwritten, document)
    assert git(handwritten, "merge-base", "HEAD", old).strip() == old
    assert "Ask Ana" in (handwritten / "README.md").read_text(encoding="utf-8")

    assert_passes(handwritten, "format", *CHECKS)
    after = synthesized(handwritten, "-m", "aws_service_kit.update.assembly", "cdk.out")
    for logical_id, body in before.items():
        assert after[logical_id]["Type"] == body["Type"]
        assert after[logical_id]["DeletionPolicy"] in KEPT
        assert body["Properties"].items() <= after[logical_id]["Properties"].items()
    shutil.rmtree(handwritten / "cdk.out")
    synthesize(handwritten, tmp_path)
    (tmp_path / "cdk.out").rename(handwritten / "cdk.out")
    assert_passes(handwritten, "controls")
