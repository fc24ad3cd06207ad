"""The review as a table, as JSON and as HTML."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from repo_review.html import to_html
from repo_review.processor import Result
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aws_service_kit.controls.control import Control, ControlResult, Status
from aws_service_kit.controls.plugin import families, message
from aws_service_kit.controls.review import by_item, overall_status

STYLES = {
    Status.FAILED: "bold red",
    Status.WAIVED: "yellow",
    Status.ORGANISATIONAL: "cyan",
    Status.PROVEN: "green",
    Status.NOT_APPLICABLE: "dim",
}

# Statuses of items that the short table lists. Proven items need no action, and the faults of
# failed items follow the table.
NOTED = {Status.WAIVED, Status.ORGANISATIONAL}

# The files list all of them.
MOST_FAULTS = 12


def table(results: Sequence[ControlResult], console: Console, *, every: bool = False) -> None:
    """Print the waived and organisational items, then all faults, then a count by status.

    Args:
        results: The results of all controls.
        console: Where to print.
        every: Whether to print the other items too.
    """
    rows = Table(box=None, pad_edge=False)
    for heading in ("Item", "Guideline", "Status", "Looked at"):
        rows.add_column(heading, overflow="fold", no_wrap=heading == "Status")
    counts: Counter[Status] = Counter()
    for item, found in by_item(results).items():
        status = overall_status(found)
        counts[status] += 1
        style = STYLES[status]
        if every or status in NOTED:
            rows.add_row(item.id, item.text, f"[{style}]{status}[/]", escape(_looked_at(found)))
    if rows.row_count:
        console.print(rows)
    for lines, controls in _alike(results).items():
        console.print(f"\n[bold red]{', '.join(control.id for control in controls)}[/]")
        if len(controls) == 1:
            console.print(escape(controls[0].rule))
        console.print(escape("\n".join(lines)))
    summary = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    console.print(f"\n{sum(counts.values())} items, {len(results)} controls: {summary}")
    if not every:
        console.print("`controls --all` prints every item")


def as_json(results: Sequence[ControlResult]) -> str:
    """Return all results as JSON: each control with its status and its faults."""
    content: dict[str, Any] = {
        item.id: {
            "text": item.text,
            "section": item.section,
            "status": overall_status(found),
            "controls": {result.control.id: _control(result) for result in found},
        }
        for item, found in by_item(results).items()
    }
    return json.dumps(content, indent=2)


def as_html(results: Sequence[ControlResult]) -> str:
    """Return an HTML document with a table for each part of the guideline."""
    checks = [_check(result) for found in by_item(results).values() for result in found]
    failed = any(check.result is False for check in checks)
    body = to_html(families(), checks, "errors" if failed else "passed")
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>The AWS guideline</title>\n<h1>The AWS guideline</h1>\n{body}\n</html>\n"
    )


def _alike(results: Sequence[ControlResult]) -> dict[tuple[str, ...], list[Control]]:
    """Return controls grouped by equal faults, since one missing verdict fails many of them."""
    found: dict[tuple[str, ...], list[Control]] = {}
    for result in results:
        if result.faults:
            found.setdefault(tuple(_lines(result)), []).append(result.control)
    return found


def _lines(result: ControlResult) -> Iterator[str]:
    """Yield one line for each fault of a control, with all environments that have it."""
    where: dict[tuple[str, str], list[str]] = {}
    for fault in result.faults:
        where.setdefault((fault.name, fault.fault), []).append(fault.environment)
    for (name, problem), environments in list(where.items())[:MOST_FAULTS]:
        places = f" ({', '.join(environments)})" if environments[0] else ""
        yield f"  {name}{places}: {problem}"
    if len(where) > MOST_FAULTS:
        yield f"  and {len(where) - MOST_FAULTS} more, in the report"


def _looked_at(results: Sequence[ControlResult]) -> str:
    worst = overall_status(results)
    return "; ".join(dict.fromkeys(each.detail for each in results if each.status is worst))


def _control(result: ControlResult) -> dict[str, Any]:
    return {
        "rule": result.control.rule,
        "status": result.status,
        "looked_at": result.detail,
        "faults": [
            {"resource": fault.name, "environment": fault.environment, "fault": fault.fault}
            for fault in result.faults
        ],
    }


def _check(result: ControlResult) -> Result:
    passed = {Status.PROVEN: True, Status.FAILED: False}.get(result.status)
    return Result(
        family=result.control.item.family,
        name=result.control.id,
        description=result.control.rule
        + (f" <small>{result.detail}</small>" if passed is not None else ""),
        result=passed,
        err_msg=message(result) if result.faults else "",
        skip_reason="" if passed is not None else f"{result.status}: {result.detail}",
    )
