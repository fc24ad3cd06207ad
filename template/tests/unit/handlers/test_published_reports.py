from datetime import date

from service.domain.report import DailyReport, of_report
from service.handlers.published_events import EVENTS


def test_notifications_match_the_declared_model() -> None:
    report = DailyReport(
        day=date(2026, 11, 24), pending=1, approved=2, rejected=0, approved_cents=120
    )
    notification = of_report(report)

    assert EVENTS[notification.type].model_validate(notification.facts)
