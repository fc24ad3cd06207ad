# Template-owned: updates rewrite this file (tooling/ownership.toml).
import pytest

from service.runtime.metrics import measure, metrics
from tests.unit.conftest import Output

pytestmark = pytest.mark.guideline("M2")


def test_a_measured_value_has_no_unit(output: Output) -> None:
    measure("CostUsd", 1.5)
    metrics.flush_metrics()

    [line] = output.metrics
    assert line["CostUsd"] == [1.5]
    assert line["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "CostUsd", "Unit": "None"}]
