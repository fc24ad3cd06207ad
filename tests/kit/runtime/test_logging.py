import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from aws_service_kit.project import ROOT
from aws_service_kit.runtime.logging import logger, temporary_keys
from aws_service_kit.testing.lambda_environment import lambda_environment
from aws_service_kit.testing.python import run_python
from aws_service_kit.testing.unit import Context, Output
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

SECRET = "529.982.247-25 lives in Rua das Flores"

pytestmark = pytest.mark.guideline("L3")

ALWAYS = {"level", "message", "timestamp", "service", "location"}
INVOKED = {"function_name", "function_request_id", "cold_start"}


def test_log_lines_have_the_agreed_keys(output: Output) -> None:
    logger.clear_state()
    logger.info("Something happened")

    [line] = output.logs
    assert set(line) == ALWAYS
    assert line["service"] == "service"
    assert line["timestamp"].endswith("+00:00")


def test_log_lines_of_an_invocation_have_the_agreed_keys(
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


def test_exceptions_are_logged_as_types_and_places_only(output: Output) -> None:
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


def test_suppressed_contexts_are_not_logged_and_cycles_end(output: Output) -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    hiding = TypeError()
    hiding.__context__, hiding.__suppress_context__ = first, True

    logger.error("cycle", exc_info=first)
    logger.error("hidden", exc_info=hiding)

    cycle, hidden = output.logs
    assert cycle["exception"] == "builtins.ValueError\nbuiltins.KeyError"
    assert hidden["exception"] == "builtins.TypeError"


def test_all_exceptions_of_a_group_are_logged(output: Output) -> None:
    """See hynek/structlog#676 and aws/aws-lambda-python-runtime-interface-client#161."""
    inner = ExceptionGroup(SECRET, [KeyError(SECRET), TypeError(SECRET)])
    group = ExceptionGroup(SECRET, [ValueError(SECRET), inner])

    logger.error("It failed", exc_info=group)

    [line] = output.logs
    assert line["exception"].splitlines() == [
        "builtins.ExceptionGroup",
        "| builtins.ValueError",
        "| builtins.ExceptionGroup",
        "| | builtins.KeyError",
        "| | builtins.TypeError",
    ]
    assert SECRET not in output.text


def test_a_recursion_error_is_logged_with_its_first_and_last_frames(output: Output) -> None:
    def again() -> None:
        again()

    try:
        again()
    except RecursionError:
        logger.exception("It failed")

    [line] = output.logs
    shown = line["exception"].splitlines()
    assert (shown[0], len(shown)) == ("builtins.RecursionError", 201)
    assert shown[1].endswith("in test_a_recursion_error_is_logged_with_its_first_and_last_frames")
    assert shown[-1].endswith("in again")


def test_exc_info_without_an_exception_is_ignored(output: Output) -> None:
    """In aws-powertools/powertools-lambda-python#6358, the logger printed an error."""
    logger.error("It failed", exc_info=True)

    [line] = lines(output.capture)
    assert line["message"] == "It failed"
    assert not {"exception", "logging_error"} & line.keys()


def test_the_sdk_never_logs_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)

    for name in ("botocore.endpoint", "botocore.parsers", "botocore.auth"):
        assert not logging.getLogger(name).isEnabledFor(logging.DEBUG), name


class Person(BaseModel):
    name: str


@dataclass
class Address:
    street: str


class Status(Enum):
    DONE = "done"

    def __str__(self) -> str:
        return str(self.value)


class Amount:
    def __str__(self) -> str:
        return "1.50"


class Broken:
    def __str__(self) -> str:
        raise ValueError(SECRET)

    __repr__ = __str__


class BrokenMapping(dict[str, str]):
    def items(self) -> Any:  # noqa: ANN401 (it gives nothing)
        raise ValueError(SECRET)


def circular() -> list[Any]:
    inner: dict[str, Any] = {}
    outer = [inner, inner]
    inner["outer"] = outer
    return outer


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    return value


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.builds(lambda: 10**5000)
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.just("\ud800")
    | st.binary()
    | st.decimals()
    | st.datetimes()
    | st.uuids()
    | st.builds(object)
    | st.builds(Broken)
    | st.builds(BrokenMapping)
    | st.builds(Person, name=st.just(SECRET))
    | st.builds(ValueError, st.just(SECRET))
    | st.builds(circular)
)
VALUES = st.recursive(
    SCALARS,
    lambda values: (
        st.lists(values, max_size=3)
        | st.tuples(values)
        | st.dictionaries(st.integers() | st.text() | st.tuples(st.integers()), values, max_size=3)
    ),
    max_leaves=5,
)
NAMES = st.text() | st.integers() | st.sampled_from([*vars(logging.makeLogRecord({})), "message"])


def lines(capture: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the log lines, parsed as strict JSON."""
    written = capture.readouterr()
    assert written.err == ""
    return [
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} isn't JSON"))
        for line in written.out.splitlines()
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | VALUES, st.dictionaries(NAMES, VALUES, max_size=3))
@example("One", {"note": "\ud800"})
@example("One", {"note": "one\u2028two\x85"})
@example("One", {"name": 1, "message": 2, "args": 3, "level": 4, "asctime": 5})
def test_any_message_and_extra_values_become_one_line_of_json(
    output: Output, message: object, extra: dict[Any, object]
) -> None:
    logger.warning(message, extra=extra)

    [line] = lines(output.capture)
    assert line["level"] == "WARNING"
    assert line["service"] == "service"
    assert SECRET not in json.dumps(line)


@pytest.mark.parametrize(
    ("message", "extra", "error"),
    [
        pytest.param("One", deep, "RecursionError", id="deep value"),
        pytest.param("[" * 100_000, None, "RecursionError", id="deep message"),
        pytest.param("One", lambda: "x" * 300_000, "ValueError", id="long value"),
        pytest.param("é" * 200_000, None, "ValueError", id="long message"),
    ],
)
def test_a_line_that_cannot_be_serialized_is_shortened(
    message: str, extra: Callable[[], object] | None, error: str, output: Output
) -> None:
    logger.warning(message, extra={} if extra is None else {"value": extra()})

    [line] = lines(output.capture)
    assert line["message"] == message[:1000]
    assert (line["level"], line["service"], line["logging_error"]) == ("WARNING", "service", error)
    assert line["location"].startswith("test_a_line_that_cannot_be_serialized_is_shortened:")
    assert line["timestamp"].endswith("+00:00")


def test_wrong_format_arguments_are_not_logged(output: Output) -> None:
    logger.set_correlation_id("correlation")
    logger.error("%d items", SECRET)

    [line] = lines(output.capture)
    assert (line["message"], line["logging_error"]) == ("%d items", "TypeError")
    assert line["correlation_id"] == "correlation"
    assert SECRET not in json.dumps(line)


def test_values_are_logged_by_their_types(output: Output) -> None:
    taken = {"name": "order", "message": "other"}
    values = {
        "amount": Amount(),
        "day": date(2026, 11, 24),
        "id": UUID(int=1),
        "none": [float("nan"), float("inf")],
        "one": {1: "a", "1": "b"},
        "status": Status.DONE,
        "total": Decimal("1.50"),
    }

    logger.info("Something happened", extra=taken | values)

    [line] = lines(output.capture)
    assert (line["name_"], line["message"], line["message_"]) == (
        "order",
        "Something happened",
        "other",
    )
    assert {name: line[name] for name in values} == {
        "amount": "1.50",
        "day": "2026-11-24",
        "id": "00000000-0000-0000-0000-000000000001",
        "none": ["nan", "inf"],
        "one": {"1": "b"},
        "status": "done",
        "total": "1.50",
    }


@pytest.mark.parametrize(
    ("value", "type_name"),
    [
        (Person(name=SECRET), "Person"),
        (Address(SECRET), "Address"),
        (ValueError(SECRET), "builtins.ValueError"),
        (SECRET.encode(), "builtins.bytes"),
    ],
)
def test_other_objects_are_logged_by_their_types_only(
    value: object, type_name: str, output: Output
) -> None:
    logger.info("Something happened", extra={"value": [value]})

    [line] = lines(output.capture)
    [written] = line["value"]
    assert written.endswith(f"{type_name}>")


@pytest.mark.parametrize("given", ["1-5759e988-bd862e3fe1be46a994272793", SECRET])
def test_only_a_valid_trace_id_is_logged(
    given: str, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={given};Sampled=1")

    logger.info("Something happened")

    [line] = lines(output.capture)
    assert line.get("xray_trace_id") == (None if given == SECRET else given)


def test_appended_keys_end_with_the_scope(output: Output) -> None:
    logger.clear_state()
    logger.append_keys(kept="before")

    @temporary_keys()
    def work() -> None:
        logger.append_keys(kept="within", added="within")
        logger.thread_safe_append_keys(here="within")
        logger.info("Within")
        raise KeyError

    with pytest.raises(KeyError):
        work()
    logger.info("After")

    within, after = lines(output.capture)
    assert (within["kept"], within["added"], within["here"]) == ("within",) * 3
    assert after["kept"] == "before"
    assert not {"added", "here"} & after.keys()


def test_cleared_keys_are_restored_after_the_scope(output: Output) -> None:
    logger.append_keys(kept="before")

    with temporary_keys():
        logger.clear_state()
    logger.info("After")

    [after] = lines(output.capture)
    assert after["kept"] == "before"


LEVELS = """
import logging, os, sys, warnings

warnings.simplefilter("error")
lambdas = os.environ["AWS_LAMBDA_LOG_LEVEL"]
logging.basicConfig(stream=sys.stdout, level=lambdas, format='{"library": "%(message)s"}')
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.metrics import count, metrics

for one in (logger, logging.getLogger("another")):
    one.debug("DEBUG"), one.info("INFO"), one.warning("WARNING"), one.error("ERROR")
logger.setLevel("INFO")
logger.info("INFO")
count("Success")
metrics.flush_metrics()
"""


@pytest.mark.parametrize(
    ("level", "lambdas"),
    [("DEBUG", "DEBUG"), ("INFO", "INFO"), ("WARNING", "INFO"), ("ERROR", "INFO")],
)
def test_the_configured_log_level_applies_on_lambda(level: str, lambdas: str) -> None:
    """The variables are those of the construct `Function` and those of Lambda."""
    written = run_python(
        "-c",
        LEVELS,
        **lambda_environment(lambdas)
        | {
            "POWERTOOLS_LOG_LEVEL": level,
            "POWERTOOLS_METRICS_NAMESPACE": "organisation/service",
            "POWERTOOLS_SERVICE_NAME": "service",
            "PYTHONPATH": str(ROOT / "src"),
        },
    )

    found = [json.loads(line) for line in written.splitlines()]
    ordered = ["DEBUG", "INFO", "WARNING", "ERROR"]
    expected = ordered[ordered.index(level) :]
    again = ["INFO"] if "INFO" in expected else []
    assert [line["message"] for line in found if "message" in line] == expected + again
    assert [line["library"] for line in found if "library" in line] == expected
    assert [line["Success"] for line in found if "_aws" in line] == [[1]]
