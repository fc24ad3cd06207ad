"""Measurement in rounds: each contender runs once in a round, in a random order."""

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
    """A measured value.

    Attributes:
        what: Name of the value.
        against: The baseline of a ratio; empty for an absolute value.
        unit: `×` for ratios; else `s`, `ms`, `MB` …
        values: A value per round.
        goal: Upper limit of the median; None without a goal.
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
        """Return the quartiles of the rounds; with fewer than four, minimum and maximum."""
        if len(self.values) < 4:  # noqa: PLR2004 - fewer values have no quartiles
            return min(self.values), max(self.values)
        lower, _, upper = statistics.quantiles(self.values, method="inclusive")
        return lower, upper

    @property
    def reached(self) -> bool | None:
        """Return whether the goal is reached; None without a goal."""
        return None if self.goal is None else self.median <= self.goal

    def to_json(self) -> dict[str, Any]:
        """Return the row with derived values."""
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

    A longer disturbance of the computer then affects all contenders alike, and hardly affects the
    ratio of two samples of a round.

    Args:
        contenders: What to run, by name.
        times: Number of rounds.
        seed: Seed of the random order.

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
    """Return the slope of a linear fit (least squares)."""
    return statistics.linear_regression(sizes, values).slope
