"""Tests as evidence: which tests verify an item of the guideline, and whether they passed.

A test is marked with `@pytest.mark.guideline("L3")`, and the pytest plugin saves its result. The
kit's tests ran before the release, and `kit_tests.toml` lists them. They count as long as the
modules that they run equal the release's, or are declared as patches. An item that needs a schedule
is verified by its tests and by a workflow with that schedule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from aws_service_kit.controls import waivers
from aws_service_kit.controls.control import Judgement
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.release import RELEASE_FILE, SUMS
from aws_service_kit.controls.evidence.source import KIT, VENDORED, Source
from aws_service_kit.controls.evidence.verdicts import CODE, UNIT_TESTS
from aws_service_kit.controls.evidence.workflows import WORKFLOWS, running

# One table per item of the guideline: test modules, and the kit's modules that they run.
KIT_TESTS = Path(KIT, "controls", "kit_tests.toml")
# Waivers of this control declare patches of the kit.
DECLARED_FOR = "C2.kit"
# The folder of the kit's tests.
TEMPLATE = "template: "


def tests_of_item(evidence: Evidence, item: str) -> Iterator[Judgement]:
    """Yield judgements of the tests that verify an item: the repository's and the kit's.

    Args:
        evidence: What is known of the repository.
        item: The item's id, such as `L3`.
    """
    verdict = evidence.verdicts.read(UNIT_TESTS, task="unit", judges=CODE)
    if verdict.fault:
        yield Judgement("test", "unit", fault=verdict.fault)
        return
    marked = verdict.content["guideline"].get(item, {})
    for test, result in marked.items():
        yield Judgement("test", test, fault="" if result == "passed" else result)
    tests = tests_of_the_kit(evidence.source, item)
    patched = _patched(evidence, item)
    if not patched:
        yield from (Judgement("test", test) for test in tests)
    elif set(marked.values()) != {"passed"}:
        changed = f"{', '.join(patched)} differs from the release that the kit's tests ran with"
        yield Judgement("patch", "kit", fault=f"{changed}: declare it, or mark the service's tests")
    if not marked and not tests:
        yield Judgement("test", "unit", fault=f'no test is marked guideline("{item}")')


def tests_of_the_kit(source: Source, item: str) -> list[str]:
    """Return the kit's test modules that verify an item; none if the kit isn't installed."""
    return [f"{TEMPLATE}{test}" for test in source.toml(KIT_TESTS).get(item, {}).get("tests", ())]


def _patched(evidence: Evidence, item: str) -> list[str]:
    """Return the modules under the kit's tests of an item that have an undeclared patch."""
    package = VENDORED / KIT
    modules = evidence.source.toml(KIT_TESTS).get(item, {}).get("modules", ())
    needed = {RELEASE_FILE, SUMS, VENDORED / KIT_TESTS, *(package / module for module in modules)}
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
    evidence: Evidence, item: str, command: re.Pattern[str], *, missing: str
) -> Iterator[Judgement]:
    """Yield judgements of the tests of an item and of the workflows that run its command.

    Args:
        evidence: What is known of the repository.
        item: The item's id, such as `R3`.
        command: The command that a scheduled workflow must run.
        missing: The fault if no workflow does.
    """
    yield from tests_of_item(evidence, item)
    found = running(evidence.source, command, on="schedule")
    for path in found:
        yield Judgement("workflow", str(path))
    if not found:
        yield Judgement("workflow", WORKFLOWS, fault=missing)
