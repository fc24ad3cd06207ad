"""Synthesis, with all validation on: what a resource costs."""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import services
from benchmarks.kernel import Row, ratios, rounds, slope

PROGRAM = Path(__file__).parent / "programs" / "synthesize.py"
SIZES = (5, 25)
ROUNDS = 7
GOAL = 1.3


@dataclass(frozen=True)
class Synthesized:
    """What came of a synthesis, and in how many seconds."""

    seconds: float
    types: dict[str, int]

    @property
    def resources(self) -> int:
        """Return how many resources there are."""
        return sum(self.types.values())


def run() -> Iterator[Row]:
    """Compare with the same resources from the CDK's own constructs."""
    with tempfile.TemporaryDirectory() as folder:
        service = services.render(Path(folder, "service"), {})
        contenders = {
            f"{kind} {size}": functools.partial(synthesize, service, kind, size)
            for kind in ("own", "raw")
            for size in SIZES
        }
        results = rounds(contenders, ROUNDS)
    for size in SIZES:
        if results[f"own {size}"][0].types != results[f"raw {size}"][0].types:
            raise ValueError("the two don't have the same resources")
    own, raw = _milliseconds(results, "own"), _milliseconds(results, "raw")
    yield Row("synthesis, a resource", "", "ms", own)
    yield Row("synthesis, a resource", "the CDK's own constructs", "×", ratios(own, raw), GOAL)


def synthesize(service: Path, kind: str, functions: int) -> Synthesized:
    """Synthesize in a new process, without what it takes to start."""
    with tempfile.TemporaryDirectory() as folder:
        said = services.python(service, str(PROGRAM), kind, str(functions), folder)
    return Synthesized(**json.loads(said.splitlines()[-1]))


def _milliseconds(results: dict[str, list[Synthesized]], kind: str) -> tuple[float, ...]:
    by_round = zip(*(results[f"{kind} {size}"] for size in SIZES), strict=True)
    return tuple(
        slope([one.resources for one in sizes], [one.seconds * 1000 for one in sizes])
        for sizes in by_round
    )
