import pytest

from service.adapters import wiring
from service.runtime.errors import ConfigurationError
from tests.unit.adapters.resources import TABLE, create_queue, create_table
from tests.unit.domain.requests import REQUEST

pytestmark = pytest.mark.usefixtures("aws")


def test_requests_are_in_the_configured_table(monkeypatch: pytest.MonkeyPatch) -> None:
    create_table()
    monkeypatch.setenv("TABLE_NAME", TABLE)

    assert wiring.requests().get("owner", "id") is None


def test_a_missing_table_is_named() -> None:
    with pytest.raises(ConfigurationError, match="TABLE_NAME"):
        wiring.requests()


def test_the_queue_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wiring.request_queue("correlation") is None

    monkeypatch.setenv("QUEUE_URL", create_queue())
    queue = wiring.request_queue("correlation")
    assert queue is not None
    queue.send(REQUEST)
