"""How everything is measured: rounds in which each contender runs once, in a new order."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

Sample = TypeVar("Sample")
Contender = TypeVar("Contender")


@dataclass(frozen=True)
class Row:
    """One measured figure.

    Attributes:
        what: What was measured.
        against: What it is divided by; empty for a figure of its own.
        unit: `×` for ratios; else `s`, `ms`, `MB` …
        values: One value of each round.
        goal: What the median should not exceed; None for what is only reported.
    """

    what: str
    against: str
    unit: str
    values: tuple[float, ...]
    goal: float | None = None

    @property
    def median(self) -> float:
        """Return the median of the rounds."""
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """Return the quartiles of the rounds; of fewer than four, the least and the greatest."""
        if len(self.values) < 4:  # noqa: PLR2004 - fewer values have no quartiles
            return min(self.values), max(self.values)
        lower, _, upper = statistics.quantiles(self.values, method="inclusive")
        return lower, upper

    @property
    def reached(self) -> bool | None:
        """Tell whether the goal is reached; None without one."""
        return None if self.goal is None else self.median <= self.goal

    def to_json(self) -> dict[str, Any]:
        """Return the row, with what follows from its values."""
        return {
            **asdict(self),
            "median": self.median,
            "spread": self.spread,
            "reached": self.reached,
        }


def rounds(
    contenders: Mapping[Contender, Callable[[], Sample]], times: int, *, seed: int = 0
) -> dict[Contender, list[Sample]]:
    """Run every contender once in each round, in a shuffled order.

    What disturbs the machine for longer than a moment then disturbs all of them alike, and the
    ratio of two samples of one round hardly.

    Args:
        contenders: What to run, by name.
        times: How many rounds.
        seed: Of the orders.

    Returns:
        A sample of each round, by name.
    """
    order = list(contenders)
    shuffle = random.Random(seed).shuffle  # noqa: S311 (nothing secret)
    samples: dict[Contender, list[Sample]] = {name: [] for name in order}
    for _ in range(times):
        shuffle(order)
        for name in order:
            samples[name].append(contenders[name]())
    return samples


def ratios(values: Sequence[float], baseline: Sequence[float]) -> tuple[float, ...]:
    """Divide each round's value by the same round's baseline."""
    return tuple(value / base for value, base in zip(values, baseline, strict=True))


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return what one more costs, by least squares."""
    return statistics.linear_regression(sizes, values).slope
