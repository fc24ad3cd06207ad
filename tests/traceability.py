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
# The guideline, its controls, and their violations

{items} items of the guideline have {controls} controls in `template/kit/`. A test makes {mutations}
violations of the guideline in a service with every stack. Only the control of a violation, and
those that are listed with it, may fail. The document `docs/controls.md` of a service lists the
code and the tests for each item.
"""
HEADING = "| Control | Rule | Where | Fails when |\n| --- | --- | --- | --- |"


def document() -> str:
    """Return the document."""
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
