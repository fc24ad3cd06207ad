import pytest
from aws_service_kit.runtime.tracing import trace_header


def test_the_trace_header_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")

    assert trace_header() == "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;"
            "Lineage=25:a87bd80c:1|68fd508a:5",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;"
            "Lineage=25:a87bd80c:1|68fd508a:5",
        ),
        (
            "Root=1-5759e988-bd862e3fe1be46a994272793;Customer=52998224725;Sampled=0",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
        ),
        ("Root=52998224725;Sampled=maria", None),
        ("", None),
    ],
)
def test_additions_of_a_caller_are_removed_from_the_trace_header(
    given: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", given)

    assert trace_header() == expected


def test_without_tracing_there_is_no_trace_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)

    assert trace_header() is None
