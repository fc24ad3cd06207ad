"""Fixtures of the handlers' tests."""

import pytest

from tests.unit.adapters.resources import TABLE, create_table


@pytest.fixture
def deployed(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 (requested for its effect)
    """The service without a queue."""
    create_table()
    monkeypatch.setenv("TABLE_NAME", TABLE)
    monkeypatch.delenv("QUEUE_URL", raising=False)
