"""A generated service passes its checks with any answers."""

import json
import shlex
import shutil
import tomllib
from typing import Any

import pytest
from aws_service_kit.dev.stages import Stage

from tests import exhaustive
from tests.answers import ANSWER_SETS, DEFAULTS
from tests.combinations import connect, covering_subset
from tests.conftest import Render
from tests.kernel import derive
from tests.programs import ROOT
from tests.service_checks import assert_passes, task

TASKS = tomllib.loads((ROOT / "template" / "poe_tasks.toml").read_text(encoding="utf-8"))["tasks"]
# Synthesis with the real bundle needs a service that was set up: test_two_commands.py. The controls
# read its results: test_controls.py.
STAGES = [Stage.parse(text) for text in shlex.split(TASKS["check"]["cmd"])[3:]]
CHECKS = [stage.name for stage in STAGES if stage.name not in {"synth", "controls"}]
# Coverage doubles the time, so only the smallest service is checked for it here, and the largest in
# test_two_commands.py. `infrastructure` covers `derive`.
QUICKER = ("lint", "types", "imports", "unit --no-cov", "infrastructure")
OPENAPI = "docs/openapi.json"
ARCHITECTURE = "docs/architecture.md"


CASES = dict(covering_subset())


# All tasks of services with some stacks and with every one: test_two_commands.py, test_update.py.
@exhaustive.MARK
@pytest.mark.parametrize("name", CASES)
def test_a_service_passes_all_its_checks(name: str, render: Render) -> None:
    checks = CHECKS if name == "storage" else QUICKER
    service = render(CASES[name])
    connect(service, CASES[name])
    assert_passes(service, *checks)


@pytest.mark.parametrize("failing", ["unit", "infrastructure"])
def test_both_types_of_tests_run_to_their_end(failing: str, render: Render) -> None:
    service = render({"stacks": []})
    (service / ".coveragerc").write_text("[run]\nsource = src/service\n", encoding="utf-8")
    for suite in ("unit", "infrastructure"):
        shutil.rmtree(service / "tests" / suite)
        path = service / "tests" / suite / "test_it.py"
        path.parent.mkdir()
        path.write_text(f"def test_{suite}():\n    assert {suite != failing}\n", encoding="utf-8")
    result = task(service, "test")
    assert result.returncode != 0
    assert "1 passed" in result.stdout
    assert f"FAILED tests/{failing}/test_it.py::test_{failing}" in result.stdout
    assert f"Subtask '{failing}' returned non-zero exit status" in result.stdout


def test_a_check_synthesizes_before_tasks_that_read_the_assembly() -> None:
    names = [stage.name for stage in STAGES]
    assert names.index("synth") < min(map(names.index, ("test", "derive", "controls")))
    assert all(
        names.index(stage.needs) < names.index(stage.name) for stage in STAGES if stage.needs
    )


@pytest.mark.parametrize("name", exhaustive.all_but(["hostile"], sorted(ANSWER_SETS)))
def test_documents_are_derived_from_the_code(name: str, render: Render) -> None:
    answers = {**DEFAULTS, **ANSWER_SETS[name]}
    service = render(answers)
    derive(service)
    architecture = (service / ARCHITECTURE).read_bytes()
    if "api" not in str(answers["stacks"]):
        assert not (service / OPENAPI).exists()
        return
    first = (service / OPENAPI).read_bytes()
    information: dict[str, Any] = json.loads(first)["info"]
    assert information["title"] == answers["service_name"]
    assert information["description"] == answers["description"]
    derive(service)
    assert (service / OPENAPI).read_bytes() == first
    assert (service / ARCHITECTURE).read_bytes() == architecture
