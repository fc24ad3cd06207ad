"""Custom metrics in the embedded metric format: log lines, no calls (guideline 6.2).

The dimensions are `service`, `environment` and `operation`, the name of the handler's module. A
dimension has few values: never an id or another value that callers choose.

Every request to an endpoint counts as one of `Success`, `CallerFault`, `DependencyFault` and
`ServiceFault`.

All metrics of an invocation share a line, and CloudWatch ignores a line with an invalid part. So an
invalid metric is left out and logged as `Metric left out`; the invocation doesn't fail.

Source: Amazon CloudWatch, "Specification: Embedded metric format", and the API's `MetricDatum` and
`Dimension`.
"""

import math
import numbers
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricResolution, MetricUnit
from aws_lambda_powertools.metrics.exceptions import MetricResolutionError, MetricUnitError
from aws_lambda_powertools.metrics.functions import validate_emf_timestamp
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.constants import MAX_DIMENSIONS
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.types import CloudWatchEMFOutput

from aws_service_kit.runtime.logging import logger, to_plain

# The dimensions that alarms and dashboards use.
DIMENSIONS = ("service", "environment", "operation")

_MAX_NAME = 255
_MAX_DIMENSION_VALUE = 1024
_MAX_VALUE = 2.0**360


class SafeProvider(AmazonCloudWatchEMFProvider):
    """Writes only metrics that CloudWatch accepts."""

    def add_metric(
        self,
        name: str,
        unit: MetricUnit | str,
        value: float,
        resolution: MetricResolution | int = 60,
    ) -> None:
        """Add a value to a metric."""
        name = str(name).strip()
        if not _is_text(name, _MAX_NAME) or name in self._members("metrics"):
            _left_out("metric name")
        elif not _is_value(value):
            _left_out("metric value", name)
        else:
            try:
                super().add_metric(name, unit, value, resolution)
            except (MetricUnitError, MetricResolutionError):
                _left_out("metric unit or resolution", name)

    def add_dimension(self, name: str, value: str) -> None:
        """Add a dimension to all metrics; they are also written with `DIMENSIONS` alone."""
        if self._accepts({name: value}):
            super().add_dimension(name, value)

    def add_dimensions(self, **dimensions: str) -> None:
        """Add a set of dimensions to all metrics; every set contains `DIMENSIONS`."""
        if not dimensions.keys().isdisjoint(DIMENSIONS):
            _left_out("dimension")
        elif self._accepts(dimensions):
            super().add_dimensions(**dimensions)

    def add_metadata(self, key: str, value: Any) -> None:  # noqa: ANN401 (Powertools' signature)
        """Add a key that isn't a metric to the line."""
        if str(key) in self._members("metadata"):
            _left_out("metadata key")
            return
        try:
            super().add_metadata(key, to_plain(value))
        except Exception as error:  # the line is written for any value
            _left_out(f"metadata value: {type(error).__name__}")

    def set_timestamp(self, timestamp: int | datetime) -> None:
        """Set the time of this line's metrics, at most 14 days ago and 2 hours ahead."""
        with suppress(OverflowError, OSError, ValueError):
            if validate_emf_timestamp(timestamp):
                super().set_timestamp(timestamp)
                return
        _left_out("timestamp")

    def clear_metrics(self) -> None:
        """Remove all metrics and the time."""
        super().clear_metrics()
        self.timestamp = None

    def serialize_metric_set(
        self,
        metrics: dict[str, Any] | None = None,
        dimensions: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> CloudWatchEMFOutput:
        """Return the line with `DIMENSIONS` as a set, which alarms need."""
        line = super().serialize_metric_set(metrics, dimensions, metadata)
        sets = line["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
        standard = [name for name in sets[0] if name in DIMENSIONS]
        if standard and standard not in sets:
            sets.insert(0, standard)
        return line

    def _members(self, added: str) -> set[str]:
        """Return the names in the line that a new metric, dimension or metadata would overwrite."""
        others = {"dimensions": self._dimension_names(), "metrics": set(self.metric_set)}
        others["metadata"] = set(self.metadata_set)
        return {"_aws"}.union(*(names for other, names in others.items() if other != added))

    def _dimension_names(self) -> set[str]:
        return {*DIMENSIONS, *self.dimension_set}.union(*self.dimension_sets)

    def _accepts(self, dimensions: Mapping[str, object]) -> bool:
        taken = self._members("dimensions")
        valid = all(
            _is_dimension(name, str(value)) and name not in taken
            for name, value in dimensions.items()
        )
        if valid and len(self._dimension_names() | dimensions.keys()) <= MAX_DIMENSIONS:
            return True
        _left_out("dimension")
        return False


def _is_value(value: object) -> bool:
    if not isinstance(value, numbers.Number):
        return False
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False
    return math.isfinite(number) and abs(number) <= _MAX_VALUE


def _is_text(text: str, maximum: int) -> bool:
    return 0 < len(text) <= maximum and text.isprintable()


def _is_dimension(name: object, value: str) -> bool:
    return (
        isinstance(name, str)
        and name.isascii()
        and value.isascii()
        and bool(name.strip() and value.strip())
        and not name.startswith(":")
        and _is_text(name, _MAX_NAME)
        and _is_text(value, _MAX_DIMENSION_VALUE)
    )


def _left_out(reason: str, name: str | None = None) -> None:
    """Log why a metric is missing; its name only if the name is valid."""
    logger.warning("Metric left out", extra={"metric": name, "reason": reason})


metrics = Metrics()
# It uses the sets that all instances of `Metrics` share.
metrics.provider = SafeProvider(
    metric_set=metrics.metric_set,
    dimension_set=metrics.dimension_set,
    metadata_set=metrics.metadata_set,
    default_dimensions=metrics.default_dimensions,
)
metrics.set_default_dimensions(environment=os.environ.get("ENVIRONMENT", "local"))


def count(name: str) -> None:
    """Count one event, e.g. `count("RequestApproved")`."""
    metrics.add_metric(name=name, unit="Count", value=1)


def measure(name: str, value: float) -> None:
    """Add a value whose unit CloudWatch lacks, e.g. `measure("CostUsd", 1.5)`."""
    metrics.add_metric(name=name, unit="None", value=value)
