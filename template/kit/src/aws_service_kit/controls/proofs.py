"""Which tests prove which line of the guideline, and whether they passed.

A test says it with `@pytest.mark.guideline("L3")`; the plugin for pytest writes it down. What the
kit's own tests prove is in `proven.toml`: they ran before the release, and count for what is the
release's or declared as a patch. What a schedule has to do is proven by its tests and by the
schedule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from aws_service_kit.controls import waivers
from aws_service_kit.controls.control import Judgement
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.release import RECORD, SUMS
from aws_service_kit.controls.evidence.source import KIT, VENDORED, Source
from aws_service_kit.controls.evidence.verdicts import CODE
from aws_service_kit.controls.evidence.workflows import WORKFLOWS, running
from aws_service_kit.controls.verdict import FOLDER

RUN = FOLDER / "tests-unit.json"
# Tables of lines of the guideline: modules of tests, and modules of the kit that these run.
PROVEN = Path(KIT, "controls", "proven.toml")
# The control whose waivers declare patches of the kit.
DECLARED_FOR = "C2.kit"
# Where the kit's tests are.
TEMPLATE = "template: "


def proofs(evidence: Evidence, item: str) -> Iterator[Judgement]:
    """Judge the tests of a line of the guideline: the repository's own, and the kit's.

    Args:
        evidence: What is known of the repository.
        item: The line's id, such as `L3`.
    """
    verdict = evidence.verdicts.read(RUN, task="unit", judges=CODE)
    if verdict.fault:
        yield Judgement("test", "unit", fault=verdict.fault)
        return
    marked = verdict.content["guideline"].get(item, {})
    for test, outcome in marked.items():
        yield Judgement("test", test, fault="" if outcome == "passed" else outcome)
    tests = tests_of_the_kit(evidence.source, item)
    patched = _patched(evidence, item)
    if not patched:
        yield from (Judgement("test", test) for test in tests)
    elif set(marked.values()) != {"passed"}:
        said = f"{', '.join(patched)} isn't what the kit's tests ran before the release: "
        yield Judgement("patch", "kit", fault=f"{said}declare it, or mark a test of your own")
    if not marked and not tests:
        yield Judgement("test", "unit", fault=f'no test is marked guideline("{item}")')


def tests_of_the_kit(source: Source, item: str) -> list[str]:
    """Give the tests in the template's repository that prove a line; none without the kit."""
    return [f"{TEMPLATE}{test}" for test in source.toml(PROVEN).get(item, {}).get("tests", ())]


def _patched(evidence: Evidence, item: str) -> list[str]:
    """Give what the kit's tests of a line depend on, isn't the release's, and no one declared."""
    package = VENDORED / KIT
    modules = evidence.source.toml(PROVEN).get(item, {}).get("modules", ())
    needed = {RECORD, SUMS, VENDORED / PROVEN, *(package / module for module in modules)}
    declared = {
        waiver.resource
        for waiver in waivers.read(evidence)
        if waiver.control == DECLARED_FOR and not waiver.fault(evidence.today)
    }
    return [
        each.path
        for each in evidence.kit_differences
        if Path(each.path) in needed and each.name not in declared
    ]


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
