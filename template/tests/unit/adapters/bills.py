"""Responses of Cost Explorer about the two weeks before 22 November 2026."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_service_kit.runtime import clients
from botocore.stub import Stubber

Page = dict[str, Any]


def group(aws_service: str, environment: str, amount: str) -> dict[str, Any]:
    return {
        "Keys": [aws_service, f"environment${environment}"],
        "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}},
    }


def page(*days: tuple[str, list[dict[str, Any]]], token: str | None = None) -> Page:
    """Return a page: days with their groups, and the token of the next page."""
    results = [
        {"TimePeriod": {"Start": day, "End": day}, "Total": {}, "Groups": groups}
        for day, groups in days
    ]
    return {"ResultsByTime": results, **({"NextPageToken": token} if token else {})}


@contextmanager
def bill(*pages: Page) -> Iterator[None]:
    """Make Cost Explorer return these pages. A request must have the token of the page before.

    Raises:
        AssertionError: A page wasn't requested.
    """
    expected = {
        "TimePeriod": {"Start": "2026-11-08", "End": "2026-11-22"},
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost"],
        "Filter": {"Tags": {"Key": "service", "Values": ["payments"]}},
        "GroupBy": [
            {"Type": "DIMENSION", "Key": "SERVICE"},
            {"Type": "TAG", "Key": "environment"},
        ],
    }
    with Stubber(clients.cost_explorer()) as stub:
        token: dict[str, str] = {}
        for response in pages:
            stub.add_response("get_cost_and_usage", response, {**expected, **token})
            token = {"NextPageToken": response.get("NextPageToken", "")}
        yield
        stub.assert_no_pending_responses()


@contextmanager
def broken(code: str, status: int) -> Iterator[None]:
    """Make Cost Explorer fail."""
    with Stubber(clients.cost_explorer()) as stub:
        stub.add_client_error("get_cost_and_usage", code, http_status_code=status)
        yield
