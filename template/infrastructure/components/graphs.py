# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What `widgets` was called before 1.2.0."""

from __future__ import annotations

from typing_extensions import deprecated

from infrastructure.components.widgets import Widget


@deprecated("Graph is called Widget since 1.2.0: infrastructure.components.widgets")
class Graph(Widget):
    """The former name of a widget."""
