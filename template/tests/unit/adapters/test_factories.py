from datetime import timedelta

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.errors import ConfigurationError

from service.adapters.factories import storage
from service.domain.ports import IdempotencyKey
from tests.unit.adapters.resources import TABLE, create_queue, create_table
from tests.unit.domain.orders import ORDER

pytestmark = pytest.mark.usefixtures("aws")


def test_orders_are_in_the_configured_table(monkeypatch: pytest.MonkeyPatch) -> None:
    create_table()
    monkeypatch.setenv("TABLE_NAME", TABLE)

    assert storage.orders().get("owner", "id") is None


def test_orders_end_after_the_configured_days(monkeypatch: pytest.MonkeyPatch) -> None:
    create_table()
    monkeypatch.setenv("TABLE_NAME", TABLE)
    monkeypatch.setenv("RETENTION_DAYS", "30")

    storage.orders().add(ORDER, IdempotencyKey("digest", "fingerprint"))

    items = clients.dynamodb().scan(TableName=TABLE)["Items"]
    end = int((ORDER.created_at + timedelta(days=30)).timestamp())
    assert str(end) in {item["expires_at"]["N"] for item in items}


def test_a_missing_table_is_named() -> None:
    with pytest.raises(ConfigurationError, match="TABLE_NAME"):
        storage.orders()


def test_the_queue_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    assert storage.order_queue("correlation") is None

    monkeypatch.setenv("QUEUE_URL", create_queue())
    queue = storage.order_queue("correlation")
    assert queue is not None
    queue.send(ORDER)
