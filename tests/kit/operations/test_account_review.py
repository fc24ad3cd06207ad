"""The account review: IAM from an emulator, other services by the SDK's stubber."""

from typing import Any

import boto3
import pytest
from aws_service_kit.operations import account_review
from aws_service_kit.operations.account_review import (
    ReviewItem,
    inactive_tags,
    outsiders,
    print_item,
    savings,
    second_factors,
)
from botocore.stub import Stubber
from moto import mock_aws

ANALYZER = "arn:aws:access-analyzer:us-east-1:123456789012:analyzer/own"


def stubbed(service: str, *responses: tuple[str, dict[str, Any]]) -> Any:  # noqa: ANN401 (a client)
    client = boto3.client(
        service,  # type: ignore[call-overload]  # any service
        region_name="us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )
    stubber = Stubber(client)
    for operation, answer in responses:
        stubber.add_response(operation, answer)
    stubber.activate()
    return client


def test_users_without_mfa_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    with mock_aws():
        iam = boto3.client("iam", region_name="us-east-1")
        for name in ("ann", "program"):
            iam.create_user(UserName=name)
        iam.create_login_profile(UserName="ann", Password="correct-Horse-4")
        found = list(second_factors(iam, wait=lambda _: None))
    assert [line.partition(" ")[0] for line in found if "ann" in line] == ["ann"]
    assert not any("program" in line for line in found)


def test_recommendations_of_cost_explorer_are_printed() -> None:
    plan = {"HourlyCommitmentToPurchase": "0.5", "EstimatedMonthlySavingsAmount": "40"}
    plans = {"SavingsPlansPurchaseRecommendationDetails": [plan]}
    detail = {"EstimatedMonthlySavingsAmount": "7"}
    costs = stubbed(
        "ce",
        (
            "get_savings_plans_purchase_recommendation",
            {"SavingsPlansPurchaseRecommendation": plans},
        ),
        (
            "get_reservation_purchase_recommendation",
            {"Recommendations": [{"RecommendationDetails": [detail]}]},
        ),
    )
    assert list(savings(costs)) == [
        "a Compute Savings Plan of 0.5 USD an hour saves 40 USD a month",
        "reserved capacity of DynamoDB saves 7 USD a month",
    ]


def test_inactive_cost_allocation_tags_are_printed() -> None:
    known = [
        {"TagKey": "owner", "Type": "UserDefined", "Status": "Active"},
        {"TagKey": "service", "Type": "UserDefined", "Status": "Inactive"},
    ]
    costs = stubbed("ce", ("list_cost_allocation_tags", {"CostAllocationTags": known}))
    missing = ["cost-center", "environment", "service"]
    assert list(inactive_tags(costs)) == [f"the tag {name} isn't on the bill" for name in missing]


def test_access_of_other_accounts_is_printed() -> None:
    analyzer = {"arn": ANALYZER, "name": "own", "type": "ACCOUNT", "status": "ACTIVE"}
    moment = "2026-11-26T00:00:00Z"
    finding = {
        "id": "1",
        "resource": "arn:aws:s3:::files",
        "resourceType": "AWS::S3::Bucket",
        "resourceOwnerAccount": "123456789012",
        "principal": {"AWS": "999999999999"},
        "condition": {},
        "status": "ACTIVE",
        **dict.fromkeys(("createdAt", "analyzedAt", "updatedAt"), moment),
    }
    client = stubbed(
        "accessanalyzer",
        ("list_analyzers", {"analyzers": [analyzer | {"createdAt": moment}]}),
        ("list_findings", {"findings": [finding]}),
    )
    assert list(outsiders(client)) == ["arn:aws:s3:::files is open to 999999999999"]
    without = stubbed("accessanalyzer", ("list_analyzers", {"analyzers": []}))
    assert list(outsiders(without)) == [
        "the account has no access analyzer, so access by other accounts is unknown"
    ]


def test_an_item_that_cannot_be_read_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> Any:  # noqa: ANN401 (nothing comes of it)
        raise TimeoutError("no report")

    assert print_item(ReviewItem("S-I5", "Decide.", lambda: iter(()))) is True
    assert print_item(ReviewItem("S-I5", "Decide.", fail)) is False
    said = capsys.readouterr().out
    assert said == (
        "S-I5: Decide.\n  nothing was found\nS-I5: Decide.\n  couldn't be read: no report\n"
    )


def test_a_topic_that_fails_fails_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "client", lambda *_, **__: None)
    monkeypatch.setattr(account_review, "print_item", lambda topic: topic.item != "F2")
    assert account_review.main() == 1
