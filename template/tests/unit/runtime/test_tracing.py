# Template-owned: updates rewrite this file (tooling/ownership.toml).
import pytest

from service.runtime.tracing import trace_header


def test_trace_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")

    assert trace_header() == "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"


def test_not_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)

    assert trace_header() is None
