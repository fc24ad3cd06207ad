from dataclasses import replace

import pytest
from aws_service_kit.runtime import clients, ids
from aws_service_kit.runtime.errors import DependencyFailedError

from service.adapters.published_notices import RETENTION, published_notices
from service.domain.events import EventType
from service.domain.notice import PublishedNotices, of_decision
from service.domain.request import decided
from tests.unit.adapters.resources import TABLE, create_table
from tests.unit.domain.requests import REQUEST

pytestmark = pytest.mark.usefixtures("aws")

NOTICE = of_decision(decided(REQUEST))


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> PublishedNotices:
    create_table()
    monkeypatch.setenv("TABLE_NAME", TABLE)
    return published_notices()


def test_what_was_published_is_known_by_its_type_and_id(published: PublishedNotices) -> None:
    assert not published.includes(NOTICE)

    published.record(NOTICE)

    assert published.includes(replace(NOTICE, facts={}))
    assert not published.includes(replace(NOTICE, id="other"))
    assert not published.includes(replace(NOTICE, type=EventType.REPORT_MADE))


def test_a_record_holds_nothing_of_the_notice_and_expires(published: PublishedNotices) -> None:
    published.record(NOTICE)
    published.record(NOTICE)

    [item] = clients.dynamodb().scan(TableName=TABLE)["Items"]
    assert set(item) == {"pk", "sk", "expires_at"}
    remaining = int(item["expires_at"]["N"]) - ids.now().timestamp()
    assert remaining == pytest.approx(RETENTION.total_seconds(), abs=60)


def test_failures_are_the_dependencys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "absent")

    with pytest.raises(DependencyFailedError):
        published_notices().record(NOTICE)
    with pytest.raises(DependencyFailedError):
        published_notices().includes(NOTICE)
