"""The service as it is deployed without a queue."""

import pytest

from tests.unit.adapters.resources import TABLE, create_table


@pytest.fixture
def deployed(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 (it stands on it)
    create_table()
    monkeypatch.setenv("TABLE_NAME", TABLE)
    monkeypatch.delenv("QUEUE_URL", raising=False)
