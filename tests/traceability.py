"""Write the document with the controls of each item of the guideline, and their violations.

`python -m tests.traceability` writes docs/controls.md; a test fails while that is stale.
"""

from __future__ import annotations

from pathlib import Path

from aws_service_kit.controls.catalog import CONTROLS
from aws_service_kit.controls.catalog.maintenance import CurrentWaivers
from aws_service_kit.controls.control import Control
from aws_service_kit.controls.evidence.source import VENDORED
from aws_service_kit.controls.guideline_items import FAMILIES, ITEMS

from tests.mutations import mutations
from tests.programs import ROOT

DOCUMENT = ROOT / "docs" / "controls.md"
SOURCES = ROOT / "template" / VENDORED

INTRODUCTION = """\
<!-- Made by `python -m tests.traceability`; tests/test_controls.py fails while it is stale. -->
# The guideline, its controls, and what they see

{items} lines of the guideline have {controls} controls in `template/kit/`. For each of these
a service with every stack is changed as the guideline forbids; then exactly that control must fail,
with those that are named beside the change ({mutations} changes). A service's own document,
`docs/controls.md`, tells what carries each line out and which tests prove it.
"""
HEADING = "| Control | Rule | Where | Fails when |\n| --- | --- | --- | --- |"


def document() -> str:
    """Write the document."""
    controls = (*CONTROLS, CurrentWaivers())
    changes = dict(mutations())
    said = INTRODUCTION.format(items=len(ITEMS), controls=len(controls), mutations=len(changes))
    parts = [said]
    for family, title in FAMILIES.items():
        parts.append(f"## {title}\n")
        for item in (item for item in ITEMS.values() if item.family == family):
            rows = [_row(control) for control in controls if control.item is item]
            parts += [f"### {item.id}: {item.text}\n", HEADING, *rows, ""]
    return "\n".join(parts).rstrip() + "\n"


def _row(control: Control) -> str:
    module = Path(*type(control).__module__.split(".")).with_suffix(".py")
    assert (SOURCES / module).is_file()
    seen = []
    for name, mutation in mutations():
        if mutation.control == control.id:
            others = ", ".join(f"`{each}`" for each in sorted(mutation.companions))
            seen.append(name.partition(": ")[2] + (f" (with {others})" if others else ""))
    return f"| `{control.id}` | {control.rule} | `{module.name}` | {'; '.join(seen)} |"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
