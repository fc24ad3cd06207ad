import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from aws_service_kit.app import deployment, environment_stacks

TEMPLATES: dict[str, dict[str, Any]] = {
    "orders-dev-api": {"Parameters": {"BootstrapVersion": {}}, "Resources": {}},
    "orders-dev-dashboard": {
        "Parameters": {"BootstrapVersion": {}, "DeployedAt": {}},
        "Resources": {},
    },
    "orders-dev-storage": {"Resources": {"Requests": {"Type": "AWS::SQS::Queue"}}},
}
Calls = list[list[str]]
REGION = "sa-east-1"
# A role of a service with a customer managed key.
USE_OF_KEY = {
    "Action": "kms:Decrypt",
    "Resource": {"Fn::ImportValue": "orders-dev-encryption:ExportsOutputFnGetAttEncryptionKeyArn"},
    "Condition": {"StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}},
}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"Policies": [{"PolicyDocument": {"Statement": [USE_OF_KEY]}}]},
}


def write(assembly: Path) -> None:
    """Write an assembly of one environment."""
    folder = assembly / "assembly-dev"
    folder.mkdir(parents=True)
    artifacts: dict[str, Any] = {"Tree": {"type": "cdk:tree"}}
    for name, template in TEMPLATES.items():
        (folder / f"{name}.json").write_text(json.dumps(template), encoding="utf-8")
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "displayName": f"dev/{name.rpartition('-')[2]}",
            "environment": f"aws://123456789012/{REGION}",
            "properties": {
                "stackName": name,
                "templateFile": f"{name}.json",
                "assumeRoleArn": "arn:${AWS::Partition}:iam::123456789012:role/deploy",
            },
        }
    text = json.dumps({"artifacts": artifacts})
    (folder / "manifest.json").write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The deployed templates. `test_environment_stacks.py` reads them from CloudFormation."""
    templates: dict[str, Any] = {}
    monkeypatch.setattr(deployment, "deployed_template", lambda stack: templates.get(stack.name))
    return templates


@pytest.fixture
def encrypted(deployed: dict[str, Any]) -> None:
    """Deploy the service with a customer managed key, which the assembly lacks."""
    resources = TEMPLATES["orders-dev-storage"]["Resources"]
    deployed["orders-dev-storage"] = {"Resources": {**resources, "Role": ROLE}}


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The arguments of the CDK's command line, which is simulated."""
    made: Calls = []

    def run(command: list[str], *, cwd: Path, check: bool) -> CompletedProcess[str]:
        assert (cwd, check) == (tmp_path, False)
        made.append(command[3:])
        if "synth" in command:
            write(Path(command[command.index("--output") + 1]))
        return CompletedProcess(command, 3 if "fails" in command else 0)

    monkeypatch.setattr(deployment, "ROOT", tmp_path)
    monkeypatch.setattr("subprocess.run", run)
    return made


def test_stacks_get_the_time_of_the_deployment(calls: Calls, tmp_path: Path) -> None:
    write(tmp_path / "cdk.out")
    assert deployment.main(["--environment", "dev", "--app", "cdk.out"]) == 0
    ((*before, parameter, chosen),) = calls
    assert before[0] == "deploy"
    assert before[-2:] == ["--app", str(tmp_path / "cdk.out")]
    stack, _, value = parameter.removeprefix("--parameters=").partition(":")
    assert stack == "orders-dev-dashboard"
    assert value.startswith("DeployedAt=20")
    assert chosen == "dev/*"


def test_an_app_is_synthesized_before_its_deployment(calls: Calls, tmp_path: Path) -> None:
    assert deployment.main(["--environment", "dev", "--app", "python -m app"]) == 0
    synth, deploy = calls
    assembly = str(tmp_path / ".cache" / "deployment")
    assert synth == ["synth", "--quiet", "--app", "python -m app", "--output", assembly, "**"]
    assert deploy[deploy.index("--app") + 1] == assembly
    assert any("dashboard:DeployedAt" in argument for argument in deploy)


def test_a_failed_synthesis_is_not_deployed(calls: Calls) -> None:
    assert deployment.main(["--environment", "dev", "--app", "fails"]) == 3
    assert len(calls) == 1


@pytest.mark.usefixtures("encrypted")
def test_a_deployment_that_would_lose_the_key_is_rejected(
    calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "cdk.out")
    assert deployment.main(["--environment", "dev", "--app", "cdk.out"]) == 1
    assert calls == []
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: dev would lose its key, and the data that ")
    assert "storage/Requests" in line

    assert deployment.main(["--environment", "dev", "--app", "cdk.out", "--drop-key"]) == 0
    assert calls[0][0] == "deploy"


@pytest.mark.usefixtures("encrypted")
def test_a_diff_warns_of_a_deployment_that_would_be_rejected(
    calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "cdk.out")
    assert deployment.main(["--environment", "dev", "--app", "cdk.out", "--diff"]) == 0
    assembly = str(tmp_path / "cdk.out")
    assert calls == [["diff", "--method", "template", "--app", assembly, "dev/*"]]
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("The deployment would be rejected: dev would lose its key")


def test_without_the_deployed_templates_nothing_is_deployed(
    calls: Calls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(tmp_path / "cdk.out")
    monkeypatch.setattr(deployment, "deployed_template", environment_stacks.deployed_template)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert deployment.main(["--environment", "dev", "--app", "cdk.out"]) == 1
    assert calls == []
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "error: the deployed stacks of dev can't be read: Unable to locate credentials"
