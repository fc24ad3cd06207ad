"""Compare API and events with the default branch, and report breaking changes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from aws_service_kit.controls.evidence.assembly import DOCUMENT, EVENTS_DOCUMENT
from aws_service_kit.dev.compatibility import accepted, events, openapi
from aws_service_kit.dev.compatibility.accepted import FILE, TABLE, Accepted
from aws_service_kit.dev.compatibility.baseline import Baseline, find, missing
from aws_service_kit.dev.compatibility.change import Change, merged
from aws_service_kit.dev.compatibility.library import CompatibilityError, Json, Library
from aws_service_kit.project import ROOT

COMPARED: dict[Path, Callable[[Library, Json, Json], Iterator[Change]]] = {
    DOCUMENT: openapi.changes,
    EVENTS_DOCUMENT: events.changes,
}
# The lifetime of an entry in the printed example.
PROPOSED = timedelta(days=30)


def main(root: Path = ROOT) -> int:
    """Compare the derived documents with those of the default branch.

    Args:
        root: The service's folder.

    Returns:
        1 if a breaking change isn't accepted or an entry is invalid, else 0.
    """
    baseline = find(root)
    if baseline is None:
        print(f"API and events aren't compared: {missing(root)}.")
        return 0
    try:
        found = merged(_changes(root, baseline))
        entries = accepted.read(_text(root / FILE))
        known = accepted.read(baseline.text(FILE))
    except CompatibilityError as error:
        sys.exit(f"error: {error}")
    faults = list(_faults(found, entries, known, datetime.now(UTC).date()))
    print(*(faults or [f"API and events: no breaking change since {baseline.branch}."]), sep="\n")
    return 1 if faults else 0


def _changes(root: Path, baseline: Baseline) -> Iterator[Change]:
    with Library() as library:
        for path, compare in COMPARED.items():
            before, after = baseline.text(path), _text(root / path)
            if before is not None:
                yield from compare(library, _parsed(before, path), _parsed(after or "{}", path))
            elif after is not None:
                print(f"{path.as_posix()} isn't on {baseline.branch} yet, so it isn't compared.")


def _faults(
    found: Collection[Change],
    entries: Collection[Accepted],
    known: Collection[Accepted],
    today: date,
) -> Iterator[str]:
    """Yield the messages about breaking changes and invalid entries."""
    names = {change.name for change in found}
    done = [entry for entry in entries if entry in known and entry.change not in names]
    if done:
        print(
            f"{FILE.as_posix()}: these changes are merged, so remove the entries: "
            f"{', '.join(each.change for each in done)}"
        )
    for entry in entries:
        fault = entry.fault(today)
        if entry.change not in names:
            fault = "no such change: remove the entry"
        if fault and entry not in done:
            yield f"{FILE.as_posix()}: {entry.change}: {fault}"
    accepts = {entry.change for entry in entries if not entry.fault(today)}
    left = [change for change in found if change.name not in accepts]
    if left:
        yield "These changes break users of the API or of the events:"
        yield from map(_line, left)
        yield f"Undo each change, or accept it by its name in {FILE.as_posix()}:"
        yield _template(left[0], today + PROPOSED)


def _line(change: Change) -> str:
    uses = f" ({'; '.join(change.uses)})" if change.uses else ""
    return f"  {change.name}{': ' if change.detail else ''}{change.detail}{uses}"


def _template(change: Change, expires: date) -> str:
    return (
        f"\n[[{TABLE}]]\nchange = {json.dumps(change.name)}\n"
        'reason = "Why no user breaks"\nowner = "team@example.com"\n'
        f"expires = {expires} # the last day on which it may be merged\n"
    )


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _parsed(text: str, path: Path) -> Json:
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise CompatibilityError(
            f"{path.as_posix()} can't be read, here or on the default branch: it isn't JSON."
        )
    return content


if __name__ == "__main__":
    sys.exit(main())
