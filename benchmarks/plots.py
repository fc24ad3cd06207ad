"""Plots of measured ratios for the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.kernel import Row

# Size in inches.
WIDTH = 9
ROW_HEIGHT = 0.28
MARGIN = 1.2


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw each ratio's median, quartiles and goal, deterministically."""
    drawn = [row for row in reversed(rows) if row.unit == "×"]
    figure = Figure((WIDTH, MARGIN + ROW_HEIGHT * len(drawn)), layout="constrained")
    axes = figure.subplots()
    places = range(len(drawn))
    medians = [row.median for row in drawn]
    spreads = [
        [row.median - row.spread[0] for row in drawn],
        [row.spread[1] - row.median for row in drawn],
    ]
    axes.errorbar(medians, places, xerr=spreads, fmt="o", label="median and quartiles")
    goals = [(row.goal, place) for place, row in enumerate(drawn) if row.goal is not None]
    axes.plot(*zip(*goals, strict=True), "|", color="tab:red", markersize=14, label="goal")
    axes.set_yticks(places, [f"{row.what} ÷ {row.against}" for row in drawn])
    axes.set_xlim(left=0)
    axes.grid(axis="x", alpha=0.4)
    axes.legend(loc="lower right")
    path.parent.mkdir(exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})
