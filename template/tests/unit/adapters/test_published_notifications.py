from dataclasses import replace

import pytest
from aws_service_kit.runtime import clients, ids
from aws_service_kit.runtime.errors import DependencyFailedError

from service.adapters.factories.published_notifications import published_notifications
from service.adapters.published_notifications import RETENTION
from service.domain.events import EventType
from service.domain.notification import of_decision
from service.domain.order import decided
from service.domain.ports.notifications import PublishedNotifications
from tests.unit.adapters.resources import TABLE, create_table
from tests.unit.domain.orders import ORDER

pytestmark = pytest.mark.usefixtures("aws")

NOTIFICATION = of_decision(decided(ORDER))


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> PublishedNotifications:
    create_table()
    monkeypatch.setenv("TABLE_NAME", TABLE)
    return published_notifications()


def test_a_published_notification_is_found_by_its_type_and_id(
    published: PublishedNotifications,
) -> None:
    assert not published.includes(NOTIFICATION)

    published.record(NOTIFICATION)

    assert published.includes(replace(NOTIFICATION, facts={}))
    assert not published.includes(replace(NOTIFICATION, id="other"))
    assert not published.includes(replace(NOTIFICATION, type=EventType.REPORT_MADE))


def test_an_item_has_no_facts_of_the_notification_and_expires(
    published: PublishedNotifications,
) -> None:
    published.record(NOTIFICATION)
    published.record(NOTIFICATION)

    [item] = clients.dynamodb().scan(TableName=TABLE)["Items"]
    assert set(item) == {"pk", "sk", "expires_at"}
    remaining = int(item["expires_at"]["N"]) - ids.now().timestamp()
    assert remaining == pytest.approx(RETENTION.total_seconds(), abs=60)


def test_failures_are_the_dependencys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "absent")

    with pytest.raises(DependencyFailedError):
        published_notifications().record(NOTIFICATION)
    with pytest.raises(DependencyFailedError):
        published_notifications().includes(NOTIFICATION)
