"""Only expired previews are removed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest
from aws_service_kit.config import load
from aws_service_kit.operations import previews
from aws_service_kit.operations.deployed import Deployed
from aws_service_kit.operations.previews import Preview, find, main, remove
from botocore.exceptions import NoCredentialsError
from botocore.stub import Stubber
from moto import mock_aws

pytestmark = pytest.mark.guideline("R2")

CONFIG = load()
SERVICE, REGION = CONFIG.service.name, CONFIG.previews_region
TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)


def stack(
    domain: str,
    *,
    environment: str = "pr-42",
    service: str = SERVICE,
    until: date | None = TODAY,
    exports: Sequence[str] = (),
) -> dict[str, Any]:
    """Describe a stack as CloudFormation does."""
    tags = {"service": service, "environment": environment}
    if until is not None:
        tags["expires-on"] = until.isoformat()
    return {
        "StackName": f"{service}-{environment}-{domain}",
        "StackId": f"arn:{service}-{environment}-{domain}",
        "CreationTime": datetime.now(UTC),
        "StackStatus": "CREATE_COMPLETE",
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        "Outputs": [{"OutputKey": "Url"}, *({"ExportName": name} for name in exports)],
    }


class Account:
    """CloudFormation with stacks, stubbed since the emulator's needs further packages."""

    def __init__(self) -> None:
        self.client = boto3.client("cloudformation", region_name=REGION)
        self.stubber = Stubber(self.client)
        self.stubber.activate()

    def has(self, *stacks: Mapping[str, Any], imports: Mapping[str, Sequence[str]] = {}) -> None:
        """Stub the calls of `find`; `imports` has the imports of a stack by domain."""
        listed = [
            {key: one[key] for key in ("StackName", "StackId", "CreationTime", "StackStatus")}
            for one in (*stacks, {**stack("deleted"), "StackStatus": "DELETE_COMPLETE"})
        ]
        self.stubber.add_response("list_stacks", {"StackSummaries": listed})
        for one in stacks:
            if one["StackName"].startswith(f"{SERVICE}-pr-"):
                self.stubber.add_response(
                    "describe_stacks", {"Stacks": [one]}, {"StackName": one["StackId"]}
                )
        found = [one for one in stacks if any(t["Key"] == "expires-on" for t in one["Tags"])]
        stack_of = [one for one in found if one["StackName"].startswith(f"{SERVICE}-pr-")]
        by_preview = sorted(
            stack_of, key=lambda one: one["StackName"].split("-pr-")[1].split("-")[0]
        )
        for one in by_preview:
            names = imports.get(one["StackName"].rpartition("-")[2], ())
            body = {"Resources": [{"Table": {"Fn::ImportValue": name}} for name in names]}
            self.stubber.add_response(
                "get_template", {"TemplateBody": json.dumps(body)}, {"StackName": one["StackName"]}
            )

    def deletes(
        self, name: str, *, buckets: Mapping[str, str] = {}, ends: str = "DELETE_COMPLETE"
    ) -> None:
        """Stub the calls of `remove`; `buckets` has each bucket's status."""
        resources = [
            {
                "LogicalResourceId": bucket,
                "PhysicalResourceId": bucket,
                "ResourceType": "AWS::S3::Bucket",
                "ResourceStatus": status,
                "LastUpdatedTimestamp": datetime.now(UTC),
            }
            for bucket, status in buckets.items()
        ]
        self.stubber.add_response(
            "list_stack_resources", {"StackResourceSummaries": resources}, {"StackName": name}
        )
        self.stubber.add_response("delete_stack", {}, {"StackName": name})
        deleted = {"StackName": name, "CreationTime": datetime.now(UTC), "StackStatus": ends}
        self.stubber.add_response("describe_stacks", {"Stacks": [deleted]}, {"StackName": name})


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    with mock_aws():
        account = Account()
        monkeypatch.setattr(Deployed, "client", lambda *_: account.client)
        yield account
        # All expected calls were made, and no other stack was deleted.
        account.stubber.assert_no_pending_responses()


def test_previews_are_found_by_their_tags(account: Account) -> None:
    account.has(
        stack("storage"),
        stack("api", until=YESTERDAY),
        stack("api", environment="pr-7", until=YESTERDAY),
        stack("storage", environment="dev", until=None),
        stack("storage", service="others"),
    )
    assert find(SERVICE, REGION) == [
        Preview("pr-42", (f"{SERVICE}-pr-42-storage", f"{SERVICE}-pr-42-api"), TODAY),
        Preview("pr-7", (f"{SERVICE}-pr-7-api",), YESTERDAY),
    ]


def test_a_stack_is_deleted_after_its_importers(account: Account) -> None:
    account.has(
        stack("storage", exports=["table", "key"]),
        stack("queue", exports=["url"]),
        stack("api"),
        imports={"api": ["url", "key"], "queue": ["table", "of another service"]},
    )
    (preview,) = find(SERVICE, REGION)
    assert [name.rpartition("-")[2] for name in preview.stacks] == ["api", "queue", "storage"]


def test_all_object_versions_are_deleted(account: Account) -> None:
    files = boto3.client("s3", region_name="us-east-1")
    for bucket in ("full", "another"):
        files.create_bucket(Bucket=bucket)
        files.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for _ in range(2):
            files.put_object(Bucket=bucket, Key="report", Body=b"x")
        files.delete_object(Bucket=bucket, Key="report")
    account.deletes("reports", buckets={"full": "DELETE_FAILED", "deleted": "DELETE_COMPLETE"})
    account.deletes("storage")
    remove(Preview("pr-1", ("reports", "storage"), TODAY), service=SERVICE, region="us-east-1")
    assert files.list_object_versions(Bucket="full").get("Versions") is None
    assert files.list_object_versions(Bucket="full").get("DeleteMarkers") is None
    assert len(files.list_object_versions(Bucket="another")["Versions"]) == 2


EXPIRED = f"- pr-42, until {YESTERDAY}: "


@pytest.mark.parametrize("until", [TODAY, YESTERDAY])
def test_a_dry_run_removes_nothing(
    account: Account, capsys: pytest.CaptureFixture[str], until: date
) -> None:
    account.has(stack("api", until=until))
    assert main([]) == 0
    said = "kept" if until == TODAY else f"would be removed with {SERVICE}-pr-42-api"
    assert capsys.readouterr().out.splitlines() == [
        f"## Previews of {SERVICE}",
        "",
        f"- pr-42, until {until}: {said}",
    ]


def test_expired_previews_are_removed(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.has(stack("api", until=YESTERDAY), stack("api", environment="pr-43"))
    account.deletes(f"{SERVICE}-pr-42-api")
    assert main(["--remove"]) == 0
    said = capsys.readouterr().out
    assert f"{EXPIRED}removed {SERVICE}-pr-42-api\n- pr-43, until {TODAY}: kept\n" in said


def test_a_single_preview_can_be_removed_early(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.has(stack("api", until=YESTERDAY), stack("api", environment="pr-43"))
    account.deletes(f"{SERVICE}-pr-43-api")
    assert main(["--remove", "--number", "43"]) == 0
    said = capsys.readouterr().out
    assert f"{EXPIRED}kept\n- pr-43, until {TODAY}: removed {SERVICE}-pr-43-api\n" in said


def test_a_failed_removal_is_reported_and_the_others_continue(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.has(stack("api", until=YESTERDAY), stack("api", environment="pr-43", until=YESTERDAY))
    account.deletes(f"{SERVICE}-pr-42-api", ends="DELETE_FAILED")
    account.deletes(f"{SERVICE}-pr-43-api")
    assert main(["--remove"]) == 1
    said = capsys.readouterr().out
    assert f"{EXPIRED}not removed: Waiter StackDeleteComplete failed" in said
    assert f"removed {SERVICE}-pr-43-api" in said


def test_without_access_the_task_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> list[Preview]:
        raise NoCredentialsError

    monkeypatch.setattr(previews, "find", fail)
    assert main([]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: Unable to locate credentials")
