import json
from datetime import date

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.errors import DependencyUnavailableError
from aws_service_kit.testing.fake_aws import each_unreadable

from service.adapters.factories.reports import report_bucket
from service.domain.report import DailyReport

pytestmark = pytest.mark.usefixtures("aws")

REPORT = DailyReport(day=date(2026, 11, 24), pending=1, approved=2, rejected=3, approved_cents=4)


def test_a_report_is_an_object_of_its_day(monkeypatch: pytest.MonkeyPatch) -> None:
    clients.s3().create_bucket(Bucket="reports")
    monkeypatch.setenv("REPORTS_BUCKET", "reports")
    bucket = report_bucket()
    assert bucket is not None

    bucket.save(REPORT)

    body = clients.s3().get_object(Bucket="reports", Key="daily/2026-11-24.json")["Body"].read()
    assert json.loads(body) == {
        "day": "2026-11-24",
        "pending": 1,
        "approved": 2,
        "rejected": 3,
        "approved_cents": 4,
    }


def test_a_bucket_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPORTS_BUCKET", raising=False)

    assert report_bucket() is None


def test_an_unreadable_response_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTS_BUCKET", "reports")
    bucket = report_bucket()
    assert bucket is not None
    for _ in each_unreadable(with_id=False):
        with pytest.raises(DependencyUnavailableError):
            bucket.save(REPORT)
