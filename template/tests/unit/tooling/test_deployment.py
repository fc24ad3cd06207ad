# Template-owned: updates rewrite this file (tooling/ownership.toml).
import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tooling import deployment

TEMPLATES: dict[str, dict[str, Any]] = {
    "orders-dev-api": {"Parameters": {"BootstrapVersion": {}}},
    "orders-dev-dashboard": {"Parameters": {"BootstrapVersion": {}, "DeployedAt": {}}},
    "orders-dev-storage": {},
}
Calls = list[list[str]]


def write(assembly: Path) -> None:
    """Write an assembly of one environment."""
    folder = assembly / "assembly-dev"
    folder.mkdir(parents=True)
    artifacts: dict[str, Any] = {"Tree": {"type": "cdk:tree"}}
    for name, template in TEMPLATES.items():
        (folder / f"{name}.json").write_text(json.dumps(template), encoding="utf-8")
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "properties": {"stackName": name, "templateFile": f"{name}.json"},
        }
    text = json.dumps({"artifacts": artifacts})
    (folder / "manifest.json").write_text(text, encoding="utf-8")


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What the CDK's command line is asked; it synthesizes what it is asked to."""
    made: Calls = []

    def run(command: list[str], *, cwd: Path, check: bool) -> CompletedProcess[str]:
        assert (cwd, check) == (tmp_path, False)
        made.append(command[4:])
        if "synth" in command:
            write(Path(command[command.index("--output") + 1]))
        return CompletedProcess(command, 3 if "fails" in command else 0)

    monkeypatch.setattr(deployment, "ROOT", tmp_path)
    monkeypatch.setattr("subprocess.run", run)
    return made


def test_stacks_are_told_when_they_are_deployed(calls: Calls, tmp_path: Path) -> None:
    write(tmp_path / "cdk.out")
    assert deployment.main(["--environment", "dev", "--app", "cdk.out"]) == 0
    ((*before, parameter, stacks),) = calls
    assert before[0] == "deploy"
    assert before[-2:] == ["--app", str(tmp_path / "cdk.out")]
    stack, _, value = parameter.removeprefix("--parameters=").partition(":")
    assert stack == "orders-dev-dashboard"
    assert value.startswith("DeployedAt=20")
    assert stacks == "dev/*"


def test_an_application_is_synthesized_first(calls: Calls, tmp_path: Path) -> None:
    assert deployment.main(["--environment", "dev", "--app", "python -m app"]) == 0
    synth, deploy = calls
    assembly = str(tmp_path / ".cache" / "deployment")
    assert synth == ["synth", "--quiet", "--app", "python -m app", "--output", assembly, "**"]
    assert deploy[deploy.index("--app") + 1] == assembly
    assert any("dashboard:DeployedAt" in argument for argument in deploy)


def test_what_can_t_be_synthesized_is_not_deployed(calls: Calls) -> None:
    assert deployment.main(["--environment", "dev", "--app", "fails"]) == 3
    assert len(calls) == 1
