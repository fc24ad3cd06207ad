"""Gather what only people can judge of an account, and say what they have to decide.

`python3 dev.py organisation` reads with the credentials of the shell, and changes nothing but that
IAM makes its report anew. kit/guides/organisation.md tells who decides, and when.
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

from aws_service_kit.operations.deployed import AWS_ERRORS

TAGS = ("cost-center", "environment", "owner", "service")
# A report of IAM is ready within seconds, but for accounts with thousands of users.
SECONDS_FOR_REPORT = 60
YES = "true"
SAVED = "EstimatedMonthlySavingsAmount"


@dataclass(frozen=True)
class Topic:
    """A line of the guideline that people answer for.

    Attributes:
        item: Its id.
        asks: What somebody has to decide.
        gather: Yields what is found, a line for each thing.
    """

    item: str
    asks: str
    gather: Callable[[], Iterator[str]]


def second_factors(iam: Any, wait: Callable[[float], None] = time.sleep) -> Iterator[str]:  # noqa: ANN401 - a client
    """Yield users with a password and without a second factor, and root without one.

    Args:
        iam: A client of IAM.
        wait: Waits a number of seconds.

    Raises:
        TimeoutError: IAM makes no report.
    """
    deadline = time.monotonic() + SECONDS_FOR_REPORT
    while iam.generate_credential_report()["State"] != "COMPLETE":
        if time.monotonic() > deadline:
            raise TimeoutError("IAM has made no credential report within a minute.")
        wait(1)
    report = iam.get_credential_report()["Content"].decode()
    for user in csv.DictReader(io.StringIO(report)):
        # Of root the report doesn't tell whether it has a password: it always has.
        signs_in = user["password_enabled"] == YES or user["user"] == "<root_account>"
        if signs_in and user["mfa_active"] != YES:
            yield f"{user['user']} signs in without a second factor"


def savings(costs: Any) -> Iterator[str]:  # noqa: ANN401 - a client
    """Yield what Cost Explorer would have the payer commit to.

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
    """Yield the tags that the payer's bill doesn't know yet.

    Args:
        costs: A client of Cost Explorer.
    """
    known = costs.list_cost_allocation_tags(TagKeys=list(TAGS))["CostAllocationTags"]
    active = {tag["TagKey"] for tag in known if tag["Status"] == "Active"}
    for name in TAGS:
        if name not in active:
            yield f"the tag {name} isn't on the bill"


def outsiders(analyzer: Any) -> Iterator[str]:  # noqa: ANN401 - a client
    """Yield what the account's access analyzers found to be open to other accounts.

    Args:
        analyzer: A client of IAM Access Analyzer.
    """
    analyzers = analyzer.list_analyzers(type="ACCOUNT")["analyzers"]
    if not analyzers:
        yield "the account has no access analyzer, so nobody knows"
    for each in analyzers:
        pages = analyzer.get_paginator("list_findings").paginate(
            analyzerArn=each["arn"], filter={"status": {"eq": ["ACTIVE"]}}
        )
        for finding in (finding for page in pages for finding in page["findings"]):
            yield f"{finding['resource']} is open to {', '.join(finding['principal'].values())}"


def tell(topic: Topic) -> bool:
    """Print what is found of a topic, and what it asks for.

    Returns:
        False if it couldn't be looked at.
    """
    print(f"{topic.item}: {topic.asks}")
    try:
        found = list(topic.gather())
    except (*AWS_ERRORS, TimeoutError) as error:
        print(f"  couldn't be looked at: {error}")
        return False
    for line in found or ["nothing was found"]:
        print(f"  {line}")
    return True


def main() -> int:
    """Go through all topics.

    Returns:
        1 if one of them couldn't be looked at, else 0.
    """
    # Cost Explorer has one endpoint, for all regions.
    costs = boto3.client("ce", region_name="us-east-1")
    topics = [
        Topic(
            "S-I5",
            "Who signs in without a second factor gets one, or loses the password.",
            lambda: second_factors(boto3.client("iam")),
        ),
        Topic(
            "S-I4",
            "Whatever is open to another account is meant to be, or is closed.",
            lambda: outsiders(boto3.client("accessanalyzer")),
        ),
        Topic("F2", "Commit where the load will stay.", lambda: savings(costs)),
        Topic("R1", "The payer activates the tags.", lambda: inactive_tags(costs)),
    ]
    told = [tell(topic) for topic in topics]
    return int(not all(told))


if __name__ == "__main__":
    sys.exit(main())
