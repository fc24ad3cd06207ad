"""Widgets of resources on the service's dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_cloudwatch as cloudwatch


@dataclass(frozen=True, kw_only=True)
class Widget:
    """A widget of a resource; components append widgets to `environment.widgets`.

    Attributes:
        kind: Type of the resource, such as `Queues`; the heading of its widgets.
        name: The resource's name, its construct's id.
        shows: Description of the shown metrics.
        metrics: Metrics of one unit, since they share an axis; together they name the resource.
        limit: Threshold of an alarm, in the same unit.
    """

    kind: str
    name: str
    shows: str
    metrics: Sequence[cloudwatch.IMetric]
    limit: float | None = None
