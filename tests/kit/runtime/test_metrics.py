import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from aws_service_kit.runtime.metrics import DIMENSIONS, count, measure, metrics
from aws_service_kit.testing.unit import Output
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.guideline("M2")

SECRET = "529.982.247-25 lives in Rua das Flores"


class Broken(dict[str, str]):
    def items(self) -> Any:  # noqa: ANN401 (it gives nothing)
        raise ValueError(SECRET)


@pytest.fixture(autouse=True)
def empty_metrics() -> Iterator[None]:
    metrics.clear_metrics()
    metrics.add_dimension("operation", "test_metrics")
    yield
    metrics.clear_metrics()


def flushed(output: Output) -> dict[str, Any]:
    """Return the only line with metrics, parsed as strict JSON, as CloudWatch parses it."""
    metrics.flush_metrics()
    written = output.capture.readouterr()
    assert written.err == ""
    lines = [
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} isn't JSON"))
        for line in written.out.splitlines()
    ]
    [line] = [line for line in lines if "_aws" in line]
    assert all(other["message"] == "Metric left out" for other in lines if other is not line)
    return dict(line)


def names(line: dict[str, Any]) -> set[str]:
    [directive] = line["_aws"]["CloudWatchMetrics"]
    return {metric["Name"] for metric in directive["Metrics"]}


def test_a_measured_value_has_no_unit(output: Output) -> None:
    measure("CostUsd", 1.5)

    line = flushed(output)
    assert line["CostUsd"] == [1.5]
    assert line["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "CostUsd", "Unit": "None"}]


VALUES = (
    st.floats()
    | st.integers()
    | st.builds(lambda: 10**5000)
    | st.decimals()
    | st.complex_numbers()
    | st.text()
    | st.none()
)
TEXT = st.text(st.characters(codec=None)) | st.sampled_from(
    ["", " ", "n" * 256, "_aws", "Success", ":colon", *DIMENSIONS]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(TEXT, VALUES), max_size=3),
    # Powertools warns about a dimension that is set twice, and sets it.
    st.lists(
        st.tuples(TEXT, TEXT | st.integers()), max_size=3, unique_by=lambda one: one[0].strip()
    ),
    st.lists(st.tuples(TEXT | st.integers(), VALUES | st.builds(Broken)), max_size=3),
)
def test_metrics_stay_valid_after_any_additions(
    output: Output,
    values: list[tuple[str, Any]],
    dimensions: list[tuple[str, Any]],
    metadata: list[tuple[Any, Any]],
) -> None:
    metrics.add_dimension("operation", "test_metrics")
    count("Success")
    for name, value in values:
        if name != "Success":
            measure(name, value)
    for name, value in dimensions:
        if name not in DIMENSIONS:
            metrics.add_dimension(name, value)
            metrics.add_dimensions(**{name: value})
    for key, value in metadata:
        metrics.add_metadata(key, value)

    line = flushed(output)
    of_alarms, *further = line["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
    assert {name: line[name] for name in of_alarms} == {
        "service": "service",
        "environment": "test",
        "operation": "test_metrics",
    }
    assert "Success" in names(line)
    assert line["Success"] == [1]
    for name in names(line):
        assert all(isinstance(value, float) for value in line[name])
    for name in {name for names_ in further for name in names_}:
        assert line[name].isascii()
        assert 0 < len(line[name]) <= 1024


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), -float("inf"), 2.0**361, 10**400, Decimal("sNaN"), 1j, "1", None],
)
def test_an_invalid_value_is_omitted_and_logged(value: Any, output: Output) -> None:  # noqa: ANN401 (any)
    count("Success")
    measure("Share", 0.5)
    measure("Share", value)
    metrics.flush_metrics()

    [line] = output.metrics
    [log] = output.logs
    assert (line["Success"], line["Share"]) == ([1], [0.5])
    assert (log["level"], log["message"]) == ("WARNING", "Metric left out")
    assert (log["metric"], log["reason"]) == ("Share", "metric value")


def test_an_invalid_name_or_unit_is_omitted(output: Output) -> None:
    count("Success")
    count(SECRET * 10)
    metrics.add_metric(name="Size", unit="Furlongs", value=1)
    metrics.add_metric(name="Size", unit="Bytes", value=1, resolution=7)

    assert names(flushed(output)) == {"Success"}
    assert SECRET not in output.text


def test_names_of_metrics_dimensions_and_metadata_are_unique(output: Output) -> None:
    metrics.add_metadata("service", "other")
    metrics.add_metadata("note", "kept")
    metrics.add_dimension("note", "other")
    count("Success")
    count("operation")
    metrics.add_dimension("Success", "other")
    metrics.add_dimensions(environment="other")

    line = flushed(output)
    assert (line["service"], line["operation"]) == ("service", "test_metrics")
    assert (line["environment"], line["note"], line["Success"]) == ("test", "kept", [1])
    assert names(line) == {"Success"}


def test_a_default_dimension_cannot_be_replaced(output: Output) -> None:
    count("Success")
    metrics.add_dimensions(environment="other", tier="gold")
    metrics.flush_metrics()

    [log] = output.logs
    assert (log["message"], log["reason"]) == ("Metric left out", "dimension")
    assert "tier" not in output.metrics[0]


def test_more_metrics_than_the_limit_are_written_to_further_lines(output: Output) -> None:
    for number in range(101):
        count(f"Metric{number}")
    metrics.flush_metrics()

    assert [len(names(line)) for line in output.metrics] == [100, 1]


def test_more_dimensions_than_the_limit_are_omitted(output: Output) -> None:
    count("Success")
    for number in range(40):
        metrics.add_dimension(f"dimension{number}", "value")

    of_alarms, all_ = flushed(output)["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
    assert sorted(of_alarms) == sorted(DIMENSIONS)
    assert len(all_) == 29


def test_an_additional_dimension_keeps_the_dimensions_of_alarms(output: Output) -> None:
    count("ServiceFault")
    metrics.add_dimension("tier", "gold")

    line = flushed(output)
    sets = line["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
    assert [sorted(names_) for names_ in sets] == [
        ["environment", "operation", "service"],
        ["environment", "operation", "service", "tier"],
    ]


def test_a_timestamp_applies_to_one_line(output: Output) -> None:
    """In aws-powertools/powertools-lambda-dotnet#207, it applied to later metrics too."""
    given = datetime.now(UTC) - timedelta(hours=1)
    metrics.set_timestamp(given)
    count("Success")
    first = flushed(output)
    metrics.add_dimension("operation", "test_metrics")
    count("Success")
    second = flushed(output)

    assert first["_aws"]["Timestamp"] == round(given.timestamp() * 1000)
    assert second["_aws"]["Timestamp"] > first["_aws"]["Timestamp"] + 3_500_000


@pytest.mark.parametrize(
    "given", [0, datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC), "now"]
)
def test_an_invalid_timestamp_is_omitted(given: Any, output: Output) -> None:  # noqa: ANN401 (any)
    metrics.set_timestamp(given)
    count("Success")

    line = flushed(output)
    assert abs(datetime.now(UTC).timestamp() * 1000 - line["_aws"]["Timestamp"]) < 60_000


def test_another_metrics_instance_adds_to_the_same_line(output: Output) -> None:
    count("Success")
    Metrics().add_metric(name="Other", unit="Count", value=1)

    assert names(flushed(output)) == {"Success", "Other"}
