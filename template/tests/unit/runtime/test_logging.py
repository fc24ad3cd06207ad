# Template-owned: updates rewrite this file (tooling/ownership.toml).
import logging

import pytest

from service.runtime.logging import logger
from tests.unit.conftest import Context, Output

pytestmark = pytest.mark.guideline("L3")

ALWAYS = {"level", "message", "timestamp", "service", "location"}
INVOKED = {"function_name", "function_request_id", "cold_start"}


def test_agreed_keys(output: Output) -> None:
    logger.clear_state()
    logger.info("Something happened")

    [line] = output.logs
    assert set(line) == ALWAYS
    assert line["service"] == "service"
    assert line["timestamp"].endswith("+00:00")


def test_agreed_keys_during_an_invocation(
    output: Output, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")

    @logger.inject_lambda_context(clear_state=True)
    def handler(_event: object, _context: object) -> None:
        logger.set_correlation_id("correlation")
        logger.info("Something happened")

    handler({}, context)

    [line] = output.logs
    assert set(line) >= ALWAYS | INVOKED
    assert line["correlation_id"] == "correlation"
    assert line["xray_trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"


def test_exceptions_show_types_and_places_only(output: Output) -> None:
    def fail() -> None:
        raise ValueError("52998224725")

    try:
        try:
            fail()
        except ValueError as error:
            error.add_note("52998224725")
            raise RuntimeError("52998224725") from error
    except RuntimeError:
        logger.exception("It failed")

    [line] = output.logs
    first, *_ = line["exception"].splitlines()
    assert first == "builtins.RuntimeError"
    assert "builtins.ValueError" in line["exception"]
    assert "in fail" in line["exception"]
    assert "52998224725" not in output.text


def test_a_hidden_context_stays_hidden_and_a_cycle_ends(output: Output) -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    hiding = TypeError()
    hiding.__context__, hiding.__suppress_context__ = first, True

    logger.error("cycle", exc_info=first)
    logger.error("hidden", exc_info=hiding)

    cycle, hidden = output.logs
    assert cycle["exception"] == "builtins.ValueError\nbuiltins.KeyError"
    assert hidden["exception"] == "builtins.TypeError"


def test_the_sdk_never_logs_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)

    for name in ("botocore.endpoint", "botocore.parsers", "botocore.auth"):
        assert not logging.getLogger(name).isEnabledFor(logging.DEBUG), name
