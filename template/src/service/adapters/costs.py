"""The service's costs, from Cost Explorer (AWS Cost Management API reference)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.dependencies import dependency

from service.domain.cost_report import Cost, Week

if TYPE_CHECKING:
    from mypy_boto3_ce.type_defs import (
        GetCostAndUsageRequestTypeDef,
        GetCostAndUsageResponseTypeDef,
        GroupTypeDef,
    )

METRIC = "UnblendedCost"
UNTAGGED = "untagged"


def costs_of(service: str, week: Week) -> Iterator[Cost]:
    """Yield the daily costs of a week and of the week before.

    There are no costs from before the day on which the tags `service` and `environment` were
    activated as cost allocation tags. A member account of an organization sees only its costs.

    Args:
        service: Value of the tag `service`.
        week: The later week.

    Raises:
        DependencyError: Cost Explorer failed.
    """
    request: GetCostAndUsageRequestTypeDef = {
        "TimePeriod": {"Start": week.before().start.isoformat(), "End": week.end.isoformat()},
        "Granularity": "DAILY",
        "Metrics": [METRIC],
        "Filter": {"Tags": {"Key": "service", "Values": [service]}},
        "GroupBy": [
            {"Type": "DIMENSION", "Key": "SERVICE"},
            {"Type": "TAG", "Key": "environment"},
        ],
    }
    for page in _pages(request):
        for result in page["ResultsByTime"]:
            day = date.fromisoformat(result["TimePeriod"]["Start"])
            for group in result["Groups"]:
                yield _cost(day, group)


def _pages(
    request: "GetCostAndUsageRequestTypeDef",
) -> "Iterator[GetCostAndUsageResponseTypeDef]":
    # The SDK has no paginator for this operation.
    while True:
        with dependency("Cost Explorer"):
            page = clients.cost_explorer().get_cost_and_usage(**request)
        yield page
        token = page.get("NextPageToken")
        if not token:
            return
        request = {**request, "NextPageToken": token}


def _cost(day: date, group: "GroupTypeDef") -> Cost:
    aws_service, tag = group["Keys"]
    # The form is `key$value`. The value is empty if the tag is missing.
    environment = tag.partition("$")[2] or UNTAGGED
    return Cost(
        day=day,
        aws_service=aws_service,
        environment=environment,
        usd=Decimal(group["Metrics"][METRIC]["Amount"]),
    )
