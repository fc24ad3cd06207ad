"""A deployed service matches its code, can be updated, and can be deleted."""

import os
import shutil
import time
from pathlib import Path

import pytest

from aws_service_kit.config import load
from aws_service_kit.local import deployment, logs
from aws_service_kit.local.cloud import Cloud
from aws_service_kit.local.deployed_resources import DeployedResource, deployed
from aws_service_kit.local.emulator import Emulator
from aws_service_kit.testing.local import ROOT, eventually

FUNCTION = "AWS::Lambda::Function"
# Added to the package of all handlers.
ADDED = """
from aws_service_kit.runtime.logging import logger
logger.info("Added by a change")
"""
LEFT_BEHIND = (".git", ".venv", "node_modules", ".cache", "cdk.out", "__pycache__", ".*_cache")


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project to be changed, with caches; programs import its code."""
    copied = tmp_path / "service"
    first = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(copied / "src"), first])))
    shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    (copied / "node_modules").symlink_to(ROOT / "node_modules")
    (copied / ".cache").mkdir()
    (copied / ".cache" / "bundle").symlink_to(ROOT / ".cache" / "bundle")
    return copied


@pytest.mark.order(-1)
def test_nothing_differs_after_a_deployment(
    cloud: Cloud, emulator: Emulator, resources: list[DeployedResource]
) -> None:
    assert "storage" in {each.stack for each in resources}
    deployment.diff(cloud, emulator)


@pytest.mark.order(-1)
def test_a_change_of_the_code_is_deployed(
    cloud: Cloud, emulator: Emulator, resources: list[DeployedResource], copy: Path
) -> None:
    functions = [each.physical_id for each in resources if each.kind == FUNCTION]
    if not functions:
        pytest.skip("the service has no function")
    before = int(time.time() * 1000)
    package = copy / "src" / "service" / "__init__.py"
    package.write_text(package.read_text(encoding="utf-8") + ADDED, encoding="utf-8")

    deployment.deploy(cloud, Emulator(copy, emulator.folder))
    cloud.client("lambda").invoke(FunctionName=f"{functions[0]}:live", Payload=b"{}")

    def is_logged() -> bool | None:
        lines = (event["message"] for _, event in logs.events(cloud, before))
        return any("Added by a change" in line for line in lines) or None

    assert eventually(is_logged)


def is_pending_deletion(cloud: Cloud, arn: str) -> bool:
    """Return whether a resource is a key that is pending deletion, which takes days in AWS."""
    if ":kms:" not in arn:
        return False
    state: str = cloud.client("kms").describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
    return state == "PendingDeletion"


@pytest.mark.order(-1)
def test_destroying_removes_every_resource(cloud: Cloud, emulator: Emulator) -> None:
    name = load().service.name
    deployment.destroy(cloud, emulator)
    assert deployed(cloud, name) == []
    tags = [{"Key": "service", "Values": [name]}]
    tagging = cloud.client("resourcegroupstaggingapi")
    pages = tagging.get_paginator("get_resources").paginate(TagFilters=tags)
    left = [each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]]
    assert [arn for arn in left if not is_pending_deletion(cloud, arn)] == []
    groups = cloud.client("logs").get_paginator("describe_log_groups").paginate()
    assert [each["logGroupName"] for page in groups for each in page["logGroups"]] == []
