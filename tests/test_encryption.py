"""A deployed service gets a customer managed key, and can't lose it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from aws_service_kit.app.environment_stacks import synthesized
from aws_service_kit.app.key_changes import Templates, rejection
from aws_service_kit.local.cloud import Cloud
from aws_service_kit.update import resources
from aws_service_kit.update.errors import UpdateError

from tests import exhaustive
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.emulated import bootstrapped
from tests.kernel import imported_from
from tests.programs import commit_all, run
from tests.releases import HERE
from tests.service_checks import assert_runs, dev, environment
from tests.team_services import answers_of, generate
from tests.test_local import set_up

APP = Path(__file__).parent / "walkthrough_app.py"
KEY_STACK = "orders-dev-encryption"
TABLE = ("orders-dev-storage", "Records")
# Changes of the answer in a deployed service.
STEPS = [
    ("aws", "prepare"),
    ("prepare", "customer"),
    ("customer", "customer"),
    ("customer", "prepare"),
]
BACK_TO_AWS = [("prepare", "aws"), ("customer", "aws")]
# A change of a function replaces its version.
VERSION = "AWS::Lambda::Version"
REJECTED, WORK_LEFT = 1, 3

Deploy = Callable[..., CompletedProcess[str]]


# ==================================================================================================
# Synthesis of every stack
# ==================================================================================================


@pytest.fixture(scope="module")
def every_stack(render: Render) -> Path:
    return render({"stacks": list(ALL_STACKS)})


@pytest.fixture(scope="module")
def assemblies(every_stack: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Assemblies of prod in a service with every stack, by answer."""
    bundle = tmp_path_factory.mktemp("bundle")
    (bundle / "code.py").touch()
    folders = {name: tmp_path_factory.mktemp(name) for name in ("aws", "prepare", "customer")}
    with imported_from(every_stack):
        application = importlib.import_module("aws_service_kit.app.synthesis")
        config = importlib.import_module("aws_service_kit.config").load()
        for name, folder in folders.items():
            app = application.empty_app(folder, validation=False)
            chosen = config.environments["prod"].model_copy(update={"encryption": name})
            application.build_stage(app, config=config, settings=chosen, bundle=bundle)
            app.synth()
    return folders


def of(assembly: Path) -> Templates:
    return {stack.domain: stack.template for stack in synthesized(assembly, "prod")}


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_every_step_keeps_access_to_data(
    assemblies: Mapping[str, Path], before: str, after: str
) -> None:
    assert rejection("prod", of(assemblies[before]), of(assemblies[after])) is None


def test_a_key_without_preparation_is_rejected(
    assemblies: Mapping[str, Path],
) -> None:
    deployed, planned = of(assemblies["aws"]), of(assemblies["customer"])
    assert rejection("prod", {}, planned) is None
    reason = rejection("prod", deployed, planned)
    assert reason is not None
    assert "before the roles of api, finops, messaging, workflow may use it" in reason


@pytest.mark.parametrize(("before", "after"), BACK_TO_AWS)
def test_removing_the_key_is_rejected(
    assemblies: Mapping[str, Path], before: str, after: str
) -> None:
    reason = rejection("prod", of(assemblies[before]), of(assemblies[after]))
    assert reason is not None
    for name in ("api/CursorSecret", "messaging/Requests", "reports/Reports", "storage/Records"):
        assert name in reason


@exhaustive.MARK
def test_cloudformation_replaces_nothing_and_would_orphan_the_key(
    assemblies: Mapping[str, Path], every_stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(every_stack)
    monkeypatch.setattr(
        resources, "COMPARE", every_stack / "kit/src/aws_service_kit/update/compare.mjs"
    )
    for before, after in STEPS:
        found = resources.compare(assemblies[before], assemblies[after])
        lost = {each.type for each in found if each.impact in resources.LOSSES}
        assert lost <= {VERSION}, (before, after)
    for before, after in BACK_TO_AWS:
        found = resources.compare(assemblies[before], assemblies[after])
        with pytest.raises(UpdateError) as rejected:
            resources.reject_losses(found, allowed=())
        lines = [line for line in str(rejected.value).splitlines() if line.startswith("  ")]
        assert lines == [
            "  encryption/EncryptionKey: the key would be left without a stack in prod"
        ]


@exhaustive.MARK
def test_an_update_to_aws_keys_is_rejected(releases: Path, tmp_path: Path) -> None:
    answers = {"stacks": ["api"], "encryption": "customer"}
    service = generate(releases, HERE, tmp_path / "service", answers)
    assert_runs(service, "setup")
    commit_all(service, "Locked")

    rejected = dev(service, "update", "--defaults", f"--vcs-ref={HERE}", "--data", "encryption=aws")

    assert rejected.returncode == WORK_LEFT, rejected.stdout
    effect = "the key would be deleted in dev, staging; left without a stack in prod"
    assert f"  encryption/EncryptionKey: {effect}" in rejected.stdout
    assert answers_of(service)["encryption"] == "customer"


# ==================================================================================================
# Deployed to the emulator
# ==================================================================================================


@pytest.fixture(scope="module")
def service(render: Render) -> Path:
    # Tables, queues, topics, buckets and secrets, with functions in other stacks.
    service = render({"service_name": "orders", "stacks": ["api", "messaging", "reports"]})
    set_up(service)
    return service


@pytest.fixture
def cloud(service: Path) -> Iterator[Cloud]:
    with bootstrapped(service) as cloud:
        yield cloud


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
        command = ("python", "-m", "aws_service_kit.app.deployment", "--environment", "dev")
        try:
            return run(service, *command, "--app", f"python {APP}", *options, environment=variables)
        finally:
            team.write_text(written, encoding="utf-8")

    return deploy


def templates(cloud: Cloud) -> Mapping[str, Any]:
    """Return the deployed templates."""
    client = cloud.client("cloudformation")
    names = {stack["StackName"] for stack in client.describe_stacks()["Stacks"]} - {"CDKToolkit"}
    return {name: client.get_template(StackName=name)["TemplateBody"] for name in names}


def assert_deploys(deploy: Deploy, encryption: str, *options: str) -> None:
    done = deploy(encryption, *options)
    assert done.returncode == 0, done.stdout


def assert_rejected(deploy: Deploy, cloud: Cloud, encryption: str) -> str:
    """Assert that nothing is deployed, and return the error in one line."""
    before = templates(cloud)
    done = deploy(encryption)
    assert done.returncode == REJECTED, done.stdout
    assert templates(cloud) == before
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert done.stdout.splitlines()[-1] == line
    return line


def is_encrypted(cloud: Cloud) -> bool:
    stack, logical_id = TABLE
    return "EncryptionKeyArn" in str(templates(cloud)[stack]["Resources"][logical_id])


@exhaustive.MARK
def test_a_deployed_service_gets_a_key_in_two_deployments(deploy: Deploy, cloud: Cloud) -> None:
    assert_deploys(deploy, "aws")
    line = assert_rejected(deploy, cloud, "customer")
    assert "dev would encrypt with its key before the roles of api, messaging may use it" in line
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

    line = assert_rejected(deploy, cloud, "aws")
    assert "dev would lose its key, and the data that the key encrypted in " in line
    assert "storage/Records" in line
    assert_deploys(deploy, "prepare")
    assert not is_encrypted(cloud)
    assert "dev would lose its key" in assert_rejected(deploy, cloud, "aws")
    assert_deploys(deploy, "customer")

    assert_deploys(deploy, "aws", "--drop-key")
    assert not is_encrypted(cloud)
    assert_deploys(deploy, "aws")


@exhaustive.MARK
def test_a_new_service_gets_a_key_in_one_deployment(deploy: Deploy, cloud: Cloud) -> None:
    assert_deploys(deploy, "customer")
    assert is_encrypted(cloud)
    assert KEY_STACK in templates(cloud)
