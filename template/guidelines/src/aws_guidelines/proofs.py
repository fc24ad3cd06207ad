# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Which tests prove which line of the guideline, and whether they passed.

A test says it with `@pytest.mark.guideline("L3")`; the plugin for pytest writes it down. What a
schedule has to do is proven by its tests and by the schedule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aws_guidelines.control import Judgement
from aws_guidelines.evidence import Evidence
from aws_guidelines.evidence.verdicts import CODE
from aws_guidelines.evidence.workflows import WORKFLOWS, running
from aws_guidelines.verdict import FOLDER

RUN = FOLDER / "tests-unit.json"


def proofs(evidence: Evidence, item: str) -> Iterator[Judgement]:
    """Judge the tests of a line of the guideline.

    Args:
        evidence: What is known of the repository.
        item: The line's id, such as `L3`.
    """
    verdict = evidence.verdicts.read(RUN, task="unit", judges=CODE)
    if verdict.fault:
        yield Judgement("test", "unit", fault=verdict.fault)
        return
    marked = verdict.content["guideline"].get(item, {})
    if not marked:
        yield Judgement("test", "unit", fault=f'no test is marked guideline("{item}")')
    for test, outcome in marked.items():
        yield Judgement("test", test, fault="" if outcome == "passed" else outcome)


def scheduled(
    evidence: Evidence, item: str, command: re.Pattern[str], *, lacking: str
) -> Iterator[Judgement]:
    """Judge the tests of a line, and the workflows that carry it out by themselves.

    Args:
        evidence: What is known of the repository.
        item: The line's id, such as `R3`.
        command: What a workflow with a schedule must run.
        lacking: What to say if none does.
    """
    yield from proofs(evidence, item)
    found = running(evidence.source, command, on="schedule")
    for path in found:
        yield Judgement("workflow", str(path))
    if not found:
        yield Judgement("workflow", WORKFLOWS, fault=lacking)
