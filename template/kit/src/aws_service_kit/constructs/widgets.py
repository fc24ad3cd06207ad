"""What a resource shows of itself on the service's dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_cloudwatch as cloudwatch


@dataclass(frozen=True, kw_only=True)
class Widget:
    """What a resource shows in one place; a component appends its own to `service.widgets`.

    Attributes:
        kind: What the resource is, such as `Queue`; the widgets of a kind stand under it.
        name: What people call the resource: its construct's id.
        shows: What the widget shows of it.
        metrics: All of one unit, since they share an axis; between them they name the resource.
        limit: Where an alarm begins, in the same unit.
    """

    kind: str
    name: str
    shows: str
    metrics: Sequence[cloudwatch.IMetric]
    limit: float | None = None
