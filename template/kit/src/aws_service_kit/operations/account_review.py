"""Review an AWS account: print findings that people must judge, with the decisions to make.

`python3 dev.py account-review` reads with the shell's credentials and changes nothing, except that
IAM generates a new credential report. kit/guides/organisation.md has the responsible people and the
dates.
"""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3

from aws_service_kit.controls.organisation import ORGANISATION
from aws_service_kit.operations.deployed import AWS_ERRORS

# IAM generates a report within seconds, except in accounts with thousands of users.
SECONDS_FOR_REPORT = 60
YES = "true"
SAVED = "EstimatedMonthlySavingsAmount"


@dataclass(frozen=True)
class ReviewItem:
    """An item of the guideline that people check.

    Attributes:
        item: The item's id.
        asks: The decision.
        gather: Yields the findings, one line each.
    """

    item: str
    asks: str
    gather: Callable[[], Iterator[str]]


def second_factors(iam: Any, wait: Callable[[float], None] = time.sleep) -> Iterator[str]:  # noqa: ANN401 - a client
    """Yield the users with a password and without a second factor, including root.

    Args:
        iam: A client of IAM.
        wait: Waits a number of seconds.

    Raises:
        TimeoutError: IAM generates no report.
    """
    deadline = time.monotonic() + SECONDS_FOR_REPORT
    while iam.generate_credential_report()["State"] != "COMPLETE":
        if time.monotonic() > deadline:
            raise TimeoutError("IAM generated no credential report within a minute.")
        wait(1)
    report = iam.get_credential_report()["Content"].decode()
    for user in csv.DictReader(io.StringIO(report)):
        # Root always has a password, which the report doesn't state.
        signs_in = user["password_enabled"] == YES or user["user"] == "<root_account>"
        if signs_in and user["mfa_active"] != YES:
            yield f"{user['user']} signs in without a second factor"


def savings(costs: Any) -> Iterator[str]:  # noqa: ANN401 - a client
    """Yield Cost Explorer's recommendations of Savings Plans and reserved capacity.

    Args:
        costs: A client of Cost Explorer.
    """
    plans = costs.get_savings_plans_purchase_recommendation(
        SavingsPlansType="COMPUTE_SP",
        TermInYears="ONE_YEAR",
        PaymentOption="NO_UPFRONT",
        LookbackPeriodInDays="SIXTY_DAYS",
    )["SavingsPlansPurchaseRecommendation"]
    for plan in plans.get("SavingsPlansPurchaseRecommendationDetails", []):
        commitment = plan["HourlyCommitmentToPurchase"]
        yield f"a Compute Savings Plan of {commitment} USD an hour saves {plan[SAVED]} USD a month"
    reservations = costs.get_reservation_purchase_recommendation(Service="Amazon DynamoDB")
    for recommendation in reservations.get("Recommendations", []):
        for detail in recommendation.get("RecommendationDetails", []):
            yield f"reserved capacity of DynamoDB saves {detail[SAVED]} USD a month"


def inactive_tags(costs: Any) -> Iterator[str]:  # noqa: ANN401 - a client
    """Yield the tags that aren't active for cost allocation.

    Args:
        costs: A client of Cost Explorer.
    """
    tags = ORGANISATION.cost_allocation_tags
    known = costs.list_cost_allocation_tags(TagKeys=list(tags))["CostAllocationTags"]
    active = {tag["TagKey"] for tag in known if tag["Status"] == "Active"}
    for name in tags:
        if name not in active:
            yield f"the tag {name} isn't on the bill"


def outsiders(analyzer: Any) -> Iterator[str]:  # noqa: ANN401 - a client
    """Yield the findings of access analyzers: access by other accounts.

    Args:
        analyzer: A client of IAM Access Analyzer.
    """
    analyzers = analyzer.list_analyzers(type="ACCOUNT")["analyzers"]
    if not analyzers:
        yield "the account has no access analyzer, so access by other accounts is unknown"
    for each in analyzers:
        pages = analyzer.get_paginator("list_findings").paginate(
            analyzerArn=each["arn"], filter={"status": {"eq": ["ACTIVE"]}}
        )
        for finding in (finding for page in pages for finding in page["findings"]):
            yield f"{finding['resource']} is open to {', '.join(finding['principal'].values())}"


def print_item(topic: ReviewItem) -> bool:
    """Print an item's findings and its decision.

    Returns:
        False if the account couldn't be read.
    """
    print(f"{topic.item}: {topic.asks}")
    try:
        found = list(topic.gather())
    except (*AWS_ERRORS, TimeoutError) as error:
        print(f"  couldn't be read: {error}")
        return False
    for line in found or ["nothing was found"]:
        print(f"  {line}")
    return True


def cost_explorer() -> Any:  # noqa: ANN401 - a client
    """Return a client of Cost Explorer, which has one endpoint for all regions."""
    return boto3.client("ce", region_name="us-east-1")


def main() -> int:
    """Print all items.

    Returns:
        1 if one of them couldn't be read, else 0.
    """
    topics = [
        ReviewItem(
            "S-I5",
            "For each user without a second factor, add one or remove the password.",
            lambda: second_factors(boto3.client("iam")),
        ),
        ReviewItem(
            "S-I4",
            "Confirm each access by another account, or remove it.",
            lambda: outsiders(boto3.client("accessanalyzer")),
        ),
        ReviewItem(
            "F2",
            "Commit to capacity that the load will use permanently.",
            lambda: savings(cost_explorer()),
        ),
        ReviewItem(
            "R1",
            "Activate the tags in the payer's account.",
            lambda: inactive_tags(cost_explorer()),
        ),
    ]
    complete = [print_item(topic) for topic in topics]
    return int(not all(complete))


if __name__ == "__main__":
    sys.exit(main())
