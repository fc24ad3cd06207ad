"""A deployed service is given a key of its own, and never loses it: with the CDK's command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from tooling.local import deployment
from tooling.local.cloud import Cloud, free_port
from tooling.local.emulator import Emulator

from tests import exhaustive
from tests.conftest import Render
from tests.programs import run
from tests.service_checks import environment
from tests.test_local import set_up

APP = Path(__file__).parent / "rehearsed_app.py"
KEY_STACK = "orders-dev-encryption"
TABLE = ("orders-dev-storage", "Records")
FUNCTION_ROLE = "AWS::IAM::Role"

Deploy = Callable[..., CompletedProcess[str]]
Templates = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def service(render: Render) -> Path:
    # Tables, queues, topics, buckets and secrets, with functions in other stacks.
    service = render({"service_name": "orders", "stacks": ["api", "messaging", "reports"]})
    set_up(service)
    return service


@pytest.fixture
def cloud(service: Path) -> Iterator[Cloud]:
    emulator = Emulator(service)
    cloud = emulator.start(free_port())
    try:
        deployment.bootstrap(cloud, emulator)
        yield cloud
    finally:
        emulator.stop()


@pytest.fixture
def deploy(service: Path, cloud: Cloud, tmp_path: Path) -> Deploy:
    """Return a function that deploys dev with an answer, as the pipeline does."""
    variables = {
        **environment(),
        **cloud.environment(),
        **cloud.variables(),
        "PATH": environment()["PATH"],
        "CDK_HOME": str(tmp_path),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }
    team = service / "infrastructure/config/team.toml"
    written = team.read_text(encoding="utf-8")

    def deploy(encryption: str, *options: str) -> CompletedProcess[str]:
        chosen = f'\n[environments.dev]\nencryption = "{encryption}"\n'
        team.write_text(written + chosen, encoding="utf-8")
        command = ("python", "-m", "tooling.deployment", "--environment", "dev")
        try:
            return run(service, *command, "--app", f"python {APP}", *options, environment=variables)
        finally:
            team.write_text(written, encoding="utf-8")

    return deploy


def templates(cloud: Cloud) -> Templates:
    """The templates that were deployed last."""
    client = cloud.client("cloudformation")
    names = {stack["StackName"] for stack in client.describe_stacks()["Stacks"]} - {"CDKToolkit"}
    return {name: client.get_template(StackName=name)["TemplateBody"] for name in names}


def assert_deploys(deploy: Deploy, encryption: str, *options: str) -> None:
    done = deploy(encryption, *options)
    assert done.returncode == 0, done.stdout


def assert_refused(deploy: Deploy, cloud: Cloud, encryption: str) -> str:
    """Assert that nothing is deployed, and give the one line that says why."""
    before = templates(cloud)
    done = deploy(encryption)
    assert done.returncode == 1, done.stdout
    assert templates(cloud) == before
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert done.stdout.splitlines()[-1] == line
    return line


def is_encrypted(cloud: Cloud) -> bool:
    stack, logical_id = TABLE
    return "EncryptionKeyArn" in str(templates(cloud)[stack]["Resources"][logical_id])


@exhaustive.MARK
def test_a_deployed_service_gets_a_key_in_two_deployments_and_keeps_it(
    deploy: Deploy, cloud: Cloud
) -> None:
    assert_deploys(deploy, "aws")
    line = assert_refused(deploy, cloud, "customer")
    assert (
        "dev would encrypt with its own key before the roles of api, messaging may use it" in line
    )
    assert 'set environments.dev.encryption = "prepare" in' in line
    difference = deploy("customer", "--diff")
    assert difference.returncode == 0
    assert line.removeprefix("error: ") in difference.stdout
    assert KEY_STACK not in templates(cloud)

    assert_deploys(deploy, "prepare")
    assert not is_encrypted(cloud)
    assert_deploys(deploy, "customer")
    assert is_encrypted(cloud)
    assert_deploys(deploy, "customer")

    line = assert_refused(deploy, cloud, "aws")
    assert "dev would lose its own key, and with it whatever the key encrypted in " in line
    assert "storage/Records" in line
    assert_deploys(deploy, "prepare")
    assert not is_encrypted(cloud)
    assert "dev would lose its own key" in assert_refused(deploy, cloud, "aws")
    assert_deploys(deploy, "customer")

    assert_deploys(deploy, "aws", "--drop-key")
    assert not is_encrypted(cloud)
    assert_deploys(deploy, "aws")


@exhaustive.MARK
def test_a_new_service_gets_a_key_in_one_deployment(deploy: Deploy, cloud: Cloud) -> None:
    assert_deploys(deploy, "customer")
    assert is_encrypted(cloud)
    assert KEY_STACK in templates(cloud)
