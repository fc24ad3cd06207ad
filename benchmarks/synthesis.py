"""Time of a synthesis with all validation, per resource."""

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
# Tolerance for the templates' sizes, since construct ids and descriptions differ.
TOLERANCE = 0.1


@dataclass(frozen=True)
class Synthesized:
    """The result of a synthesis, and its time in seconds."""

    seconds: float
    template_bytes: int
    types: dict[str, int]

    @property
    def resources(self) -> int:
        """Return the number of resources."""
        return sum(self.types.values())


def run() -> Iterator[Row]:
    """Compare with the same resources from the CDK's constructs, and with minimal ones."""
    with tempfile.TemporaryDirectory() as folder:
        service = services.render(Path(folder, "service"), {})
        contenders = {
            f"{kind} {size}": functools.partial(synthesize, service, kind, size)
            for kind in ("own", "raw", "bare")
            for size in SIZES
        }
        results = rounds(contenders, ROUNDS)
    for size in SIZES:
        _assert_alike(*(results[f"{kind} {size}"][0] for kind in ("own", "raw", "bare")))
    own, raw, bare = (_milliseconds(results, kind) for kind in ("own", "raw", "bare"))
    what = "synthesis, a resource"
    yield Row(what, "", "ms", own)
    yield Row(what, "the CDK's own constructs", "×", ratios(own, raw), GOAL)
    yield Row(what, "bare ones", "×", ratios(own, bare))


def synthesize(service: Path, kind: str, functions: int) -> Synthesized:
    """Synthesize in a new process, without its start-up time."""
    with tempfile.TemporaryDirectory() as folder:
        said = services.python(service, str(PROGRAM), kind, str(functions), folder)
    return Synthesized(**json.loads(said.splitlines()[-1]))


def _assert_alike(own: Synthesized, raw: Synthesized, bare: Synthesized) -> None:
    if not own.types == raw.types == bare.types:
        raise ValueError("they don't have the same resources")
    if abs(own.template_bytes / raw.template_bytes - 1) > TOLERANCE:
        raise ValueError("the baseline's resources don't have the same properties")


def _milliseconds(results: dict[str, list[Synthesized]], kind: str) -> tuple[float, ...]:
    by_round = zip(*(results[f"{kind} {size}"] for size in SIZES), strict=True)
    return tuple(
        slope([one.resources for one in sizes], [one.seconds * 1000 for one in sizes])
        for sizes in by_round
    )
