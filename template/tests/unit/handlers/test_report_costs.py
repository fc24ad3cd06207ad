import json
from datetime import UTC, datetime

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.errors import DependencyUnavailableError
from aws_service_kit.testing.envelopes import event
from aws_service_kit.testing.unit import Context, Output

from service.handlers import report_costs
from tests.unit.adapters.bills import bill, broken, group, page

COSTS = page(
    ("2026-11-14", [group("AWS Lambda", "prod", "2.00")]),
    ("2026-11-15", [group("AWS Lambda", "prod", "1.50"), group("Amazon SQS", "dev", "0.25")]),
)
NO_COSTS = page()


@pytest.fixture(autouse=True)
def deployed(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 (requested for its effect)
    monkeypatch.setenv("SERVICE_TAG", "payments")
    monkeypatch.delenv("REPORTS_BUCKET", raising=False)


def run() -> None:
    """Run as on Monday, 23 November 2026, at 11:00 UTC."""
    report_costs.handler(event(time=datetime(2026, 11, 23, 11, tzinfo=UTC)), Context())


def test_the_week_is_logged_and_measured(output: Output) -> None:
    with bill(COSTS):
        run()

    [line] = [line for line in output.logs if line["message"] == "Costs reported"]
    costs = line["costs"]
    assert (costs["first_day"], costs["day_after"]) == ("2026-11-15", "2026-11-22")
    assert costs["total"] == {
        "usd": 1.75,
        "before_usd": 2.0,
        "change_usd": -0.25,
        "change_percent": -12.5,
    }
    assert [entry["name"] for entry in costs["by_aws_service"]] == ["AWS Lambda", "Amazon SQS"]
    assert [entry["name"] for entry in costs["by_environment"]] == ["prod", "dev"]
    [metric] = [line for line in output.metrics if "WeeklyCostUsd" in line]
    assert (metric["WeeklyCostUsd"], metric["WeeklyCostChangeUsd"]) == ([1.75], [-0.25])
    [directive] = metric["_aws"]["CloudWatchMetrics"]
    assert {name for names in directive["Dimensions"] for name in names} == {
        "service",
        "environment",
        "operation",
    }
    assert "WARNING" not in {line["level"] for line in output.logs}


def test_the_report_is_stored_where_there_is_a_bucket(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients.s3().create_bucket(Bucket="reports")
    monkeypatch.setenv("REPORTS_BUCKET", "reports")

    with bill(COSTS):
        run()

    response = clients.s3().get_object(Bucket="reports", Key="costs/2026-11-23.json")
    [line] = [line for line in output.logs if line["message"] == "Costs reported"]
    assert json.loads(response["Body"].read()) == line["costs"]


def test_missing_costs_are_logged_as_a_warning(output: Output) -> None:
    with bill(NO_COSTS):
        run()

    [warning] = [line for line in output.logs if line["level"] == "WARNING"]
    assert "cost allocation tags" in warning["message"]
    assert output.counted("Success") == 1


def test_a_failure_is_raised_so_that_lambda_retries(output: Output) -> None:
    with broken("InternalFailure", 500), pytest.raises(DependencyUnavailableError):
        run()

    assert output.counted("DependencyFault") == 1
    assert "Costs reported" not in {line["message"] for line in output.logs}
