import json
from datetime import date
from decimal import Decimal

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.errors import DependencyFailedError
from botocore.stub import Stubber

from service.adapters.cost_reports import as_json, store
from service.domain.cost_report import CostReport, Spending, Week

pytestmark = pytest.mark.usefixtures("aws")

REPORT = CostReport(
    week=Week(date(2026, 11, 22)),
    total=Spending(Decimal("12.345678"), Decimal(10)),
    by_aws_service={"AWS Lambda": Spending(Decimal("12.345678"), Decimal(0))},
    by_environment={"prod": Spending(Decimal(0), Decimal(10))},
)


def test_amounts_have_cents() -> None:
    assert as_json(REPORT) == {
        "first_day": "2026-11-15",
        "day_after": "2026-11-22",
        "total": {
            "usd": 12.35,
            "before_usd": 10.0,
            "change_usd": 2.35,
            "change_percent": 23.46,
        },
        "by_aws_service": [
            {
                "name": "AWS Lambda",
                "usd": 12.35,
                "before_usd": 0.0,
                "change_usd": 12.35,
                "change_percent": None,
            }
        ],
        "by_environment": [
            {
                "name": "prod",
                "usd": 0.0,
                "before_usd": 10.0,
                "change_usd": -10.0,
                "change_percent": -100.0,
            }
        ],
    }


def test_a_report_is_stored_under_its_day() -> None:
    clients.s3().create_bucket(Bucket="reports")

    for _ in range(2):
        store("reports", date(2026, 11, 23), REPORT)

    [stored] = clients.s3().list_objects_v2(Bucket="reports")["Contents"]
    assert stored["Key"] == "costs/2026-11-23.json"
    response = clients.s3().get_object(Bucket="reports", Key="costs/2026-11-23.json")
    assert response["ContentType"] == "application/json"
    assert json.loads(response["Body"].read()) == as_json(REPORT)


def test_failures_are_the_dependencys() -> None:
    with Stubber(clients.s3()) as stub:
        stub.add_client_error("put_object", "AccessDenied", http_status_code=403)
        with pytest.raises(DependencyFailedError, match="S3"):
            store("reports", date(2026, 11, 23), REPORT)
