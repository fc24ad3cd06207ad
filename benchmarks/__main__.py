"""Run benchmarks: `python -m benchmarks [NAME …]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping

from benchmarks import (
    bundle,
    check,
    cold_start,
    copying,
    from_nothing,
    growth,
    inner_loop,
    loading,
    parts,
    plots,
    report,
    synthesis,
    throughput,
    tried,
    warm,
)
from benchmarks.instructions import NoValgrindError
from benchmarks.kernel import Row

BENCHMARKS: Mapping[str, Callable[[], Iterable[Row]]] = {
    "cold-start": cold_start.over_http,
    "cold-start-https": cold_start.over_https,
    "warm": warm.run,
    "parts": parts.run,
    "tried": tried.run,
    "loading": loading.run,
    "bundle": bundle.run,
    "copying": copying.run,
    "synthesis": synthesis.run,
    "growth": growth.run,
    "inner-loop": inner_loop.run,
    "check": check.run,
    "from-nothing": from_nothing.run,
    "throughput": throughput.run,
}


def main() -> None:
    """Run the given benchmarks, or all. A measured value is never an error."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    for name in names:
        print(f"\n{name}\n", flush=True)
        try:
            rows = list(BENCHMARKS[name]())
        except NoValgrindError as error:
            print(f"left out: {error}")
            continue
        print(report.text(rows), flush=True)
        report.write_json(name, rows)
        report.write_document(name, rows)
        if any(row.unit == "×" for row in rows):
            plots.draw(rows, report.PLOTS / f"{name}.svg")


if __name__ == "__main__":
    main()
