import json
from datetime import UTC, datetime

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.testing.envelopes import event
from aws_service_kit.testing.unit import Context, Output

from service.domain.events import EventType
from service.handlers import report_day
from tests.unit.damage import damage
from tests.unit.handlers.messages import over_the_limit, store

pytestmark = pytest.mark.usefixtures("deployed")

# In the morning of the day after the sample order.
DUE = event(type=EventType.DAILY_REPORT, time=datetime(2026, 11, 25, 12, tzinfo=UTC), data={})


def test_the_day_before_is_reported_on(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    clients.s3().create_bucket(Bucket="reports")
    monkeypatch.setenv("REPORTS_BUCKET", "reports")
    store()

    report_day.handler(DUE, Context())

    body = clients.s3().get_object(Bucket="reports", Key="daily/2026-11-24.json")["Body"].read()
    assert json.loads(body)["pending"] == 1
    [line, _] = output.logs
    assert (line["day"], line["pending"]) == ("2026-11-24", 1)


def test_a_report_needs_no_bucket(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    monkeypatch.delenv("REPORTS_BUCKET", raising=False)

    report_day.handler(DUE, Context())

    assert output.counted("Success") == 1


def test_a_report_omits_unreadable_orders(output: Output) -> None:
    store()
    later = store(over_the_limit())
    damage({"pk": f"OWNER#{later.owner}", "sk": f"REQUEST#{later.id}"}, "status")

    report_day.handler(DUE, Context())

    assert [line["pending"] for line in output.logs if "pending" in line] == [1]
    assert output.counted("UnreadableRecord") == 1
