"""The former name of the module `widgets`, before 1.2.0."""

from __future__ import annotations

from typing_extensions import deprecated

from aws_service_kit.constructs.widgets import Widget


@deprecated("Graph is called Widget since 1.2.0: aws_service_kit.constructs.widgets")
class Graph(Widget):
    """The former name of a widget."""
