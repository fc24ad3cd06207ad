"""Run the guideline's controls on a repository, print the open items, write HTML and JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from aws_service_kit.controls import report
from aws_service_kit.controls.control import Status
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.review import review

OUTPUT = Path(".cache", "controls")
# The width for files and for terminals that don't report theirs.
NARROWEST = 120


def main(arguments: Sequence[str] | None = None, program: str = "aws-guidelines") -> int:
    """Review a repository.

    Args:
        arguments: The command line's.
        program: The command that the user typed, for the help.

    Returns:
        1 if a control failed, else 0.
    """
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=Path(), help="the repository")
    parser.add_argument("--output", type=Path, help=f"folder of the reports; default {OUTPUT}")
    parser.add_argument("--all", action="store_true", help="print the proven items too")
    options = parser.parse_args(arguments)
    results = review(Evidence(options.root.resolve(), today=datetime.now(UTC).date()))
    folder = options.output or options.root / OUTPUT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "controls.html").write_text(report.as_html(results), encoding="utf-8")
    (folder / "controls.json").write_text(report.as_json(results), encoding="utf-8")
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, NARROWEST)
    report.table(results, console, every=options.all)
    return int(any(result.status is Status.FAILED for result in results))


if __name__ == "__main__":
    sys.exit(main(program="python3 dev.py controls"))
