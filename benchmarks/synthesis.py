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
            f"{variant} {size}": functools.partial(synthesize, service, variant, size)
            for variant in ("kit", "raw", "bare")
            for size in SIZES
        }
        results = rounds(contenders, ROUNDS)
    for size in SIZES:
        _assert_alike(*(results[f"{variant} {size}"][0] for variant in ("kit", "raw", "bare")))
    kit, raw, bare = (_milliseconds(results, variant) for variant in ("kit", "raw", "bare"))
    what = "synthesis, a resource"
    yield Row(what, "", "ms", kit)
    yield Row(what, "the CDK's own constructs", "×", ratios(kit, raw), GOAL)
    yield Row(what, "bare ones", "×", ratios(kit, bare))


def synthesize(service: Path, variant: str, functions: int) -> Synthesized:
    """Synthesize in a new process, without its start-up time."""
    with tempfile.TemporaryDirectory() as folder:
        said = services.python(service, str(PROGRAM), variant, str(functions), folder)
    return Synthesized(**json.loads(said.splitlines()[-1]))


def _assert_alike(kit: Synthesized, raw: Synthesized, bare: Synthesized) -> None:
    if not kit.types == raw.types == bare.types:
        raise ValueError("they don't have the same resources")
    if abs(kit.template_bytes / raw.template_bytes - 1) > TOLERANCE:
        raise ValueError("the baseline's resources don't have the same properties")


def _milliseconds(results: dict[str, list[Synthesized]], variant: str) -> tuple[float, ...]:
    by_round = zip(*(results[f"{variant} {size}"] for size in SIZES), strict=True)
    return tuple(
        slope([one.resources for one in sizes], [one.seconds * 1000 for one in sizes])
        for sizes in by_round
    )
