"""A preview is deployed by the CDK CLI, and removed by the service's task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from aws_service_kit.local.cloud import Cloud

from tests import exhaustive
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.emulated import bootstrapped, variables
from tests.kernel import empty_bundle, imported_from
from tests.programs import run
from tests.test_local import set_up

TODAY = datetime.now(UTC).date()
APP = Path(__file__).parent / "preview_app.py"
Run = Callable[..., str]


@pytest.fixture(scope="module")
def service(render: Render) -> Path:
    # Stacks that import from each other, and a bucket.
    service = render({"stacks": ["api", "messaging", "reports"]})
    set_up(service)
    return service


@pytest.fixture(scope="module")
def cloud(service: Path) -> Iterator[Cloud]:
    with bootstrapped(service) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def in_cloud(service: Path, cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a function that runs a command of the service, and asserts that it succeeds."""
    reaching = variables(cloud, tmp_path_factory.mktemp("cdk"))

    def in_cloud(*command: str) -> str:
        done = run(service, *command, environment=reaching)
        assert done.returncode == 0, done.stdout
        return done.stdout

    return in_cloud


def stacks(cloud: Cloud) -> set[str]:
    listed = cloud.client("cloudformation").describe_stacks()["Stacks"]
    return {stack["StackName"] for stack in listed} - {"CDKToolkit"}


def test_previews_with_every_stack_can_be_removed(render: Render, tmp_path: Path) -> None:
    service = render({"stacks": list(ALL_STACKS)})
    team = service / "infrastructure/config/team.toml"
    team.write_text('[previews]\naccount = "444444444444"\n', encoding="utf-8")
    bundle = empty_bundle(tmp_path / "bundle")
    with imported_from(service):
        config = import_module("aws_service_kit.config").load()
        suite = import_module("aws_service_kit.testing.suites.infrastructure.previews")
        suite.assert_ends(suite.synthesize(config, bundle, tmp_path / "preview"))


@exhaustive.MARK
def test_expired_previews_are_removed_with_their_resources(cloud: Cloud, in_cloud: Run) -> None:
    for number, deployed in (("42", TODAY - timedelta(days=8)), ("7", TODAY)):
        app = f"python {APP} {number} {deployed}"
        in_cloud(
            "npx", "--no", "--", "cdk", "deploy", "--require-approval", "never", "--no-notices",
            "--app", app, "--output", f".cache/preview-{number}", "**",
        )  # fmt: skip
    before = stacks(cloud)
    expired = {name for name in before if "-pr-42-" in name}
    assert len(expired) == len(before - expired) == 4
    files = cloud.client("s3")
    for bucket in files.list_buckets()["Buckets"]:
        if "-pr-" in bucket["Name"]:
            files.put_object(Bucket=bucket["Name"], Key="daily/report.json", Body=b"{}")

    assert f"pr-42, until {TODAY - timedelta(days=1)}: would be removed" in in_cloud(
        "python", "-m", "aws_service_kit.operations.previews"
    )
    assert stacks(cloud) == before

    said = in_cloud("python", "-m", "aws_service_kit.operations.previews", "--remove")

    assert f"- pr-7, until {TODAY + timedelta(days=7)}: kept" in said
    assert stacks(cloud) == before - expired
    buckets = {bucket["Name"] for bucket in files.list_buckets()["Buckets"]}
    assert not [name for name in buckets if "-pr-42-" in name]

    assert "removed" in in_cloud(
        "python", "-m", "aws_service_kit.operations.previews", "--remove", "--number", "7"
    )
    assert stacks(cloud) == set()
