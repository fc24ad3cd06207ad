"""Review of a repository by all controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from aws_service_kit.controls import waivers
from aws_service_kit.controls.catalog import CONTROLS
from aws_service_kit.controls.catalog.maintenance import CurrentWaivers
from aws_service_kit.controls.control import Control, ControlResult, Judgement, Status
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.guideline_items import ITEMS, Item
from aws_service_kit.controls.waivers import Waiver


def review(evidence: Evidence, controls: Sequence[Control] = CONTROLS) -> list[ControlResult]:
    """Return the result of each control, and of the checks of the waivers themselves.

    Args:
        evidence: The evidence of the repository.
        controls: The controls; all of them by default.
    """
    known = waivers.read(evidence)
    used: set[Waiver] = set()
    too_coarse: dict[Waiver, list[str]] = {}
    results = []
    for control in controls:
        judgements = tuple(dict.fromkeys(_judgements(control, evidence)))
        accepted = waivers.accepted(control, judgements, known, evidence.today)
        used.update(accepted.values())
        too_coarse |= waivers.too_coarse(control, judgements, known)
        results.append(_result(control, judgements, accepted))
    ids = [control.id for control in CONTROLS]
    judged = waivers.judge(known, used, too_coarse, [*ids, CurrentWaivers.id], evidence.today)
    return [*results, _result(CurrentWaivers(), tuple(judged), {})]


def _judgements(control: Control, evidence: Evidence) -> Iterator[Judgement]:
    """Yield a control's judgements, and a fault if its evidence is missing or outdated."""
    if control.looks_at == "templates":
        fault = evidence.verdicts.synthesis().fault
        if fault:
            yield Judgement("assembly", "cdk.out", fault=fault)
    yield from control.judge(evidence)


def by_item(results: Iterable[ControlResult]) -> dict[Item, list[ControlResult]]:
    """Return results by item, in the guideline's order, including items without results."""
    found: dict[Item, list[ControlResult]] = {item: [] for item in ITEMS.values()}
    for result in results:
        found[result.control.item].append(result)
    return found


def overall_status(results: Sequence[ControlResult]) -> Status:
    """Return the status of an item: the most severe of its controls."""
    weights = list(Status)
    return min((result.status for result in results), key=weights.index)


def _result(
    control: Control, judgements: tuple[Judgement, ...], accepted: dict[Judgement, Waiver]
) -> ControlResult:
    faults = tuple(item for item in judgements if item.fault and item not in accepted)
    waived = tuple(accepted)
    return ControlResult(
        control=control,
        status=_status(control, judgements, faults, waived),
        judgements=judgements,
        faults=faults,
        waived=waived,
        detail=_detail(control, judgements, accepted),
    )


def _status(
    control: Control,
    judgements: Sequence[Judgement],
    faults: Sequence[Judgement],
    waived: Sequence[Judgement],
) -> Status:
    if faults:
        return Status.FAILED
    if waived:
        return Status.WAIVED
    if control.by_people:
        return Status.ORGANISATIONAL
    return Status.PROVEN if judgements else Status.NOT_APPLICABLE


def _detail(
    control: Control, judgements: Sequence[Judgement], accepted: dict[Judgement, Waiver]
) -> str:
    """Return a summary of the checked subjects, in one line."""
    subjects = {(item.noun, item.subject) for item in judgements}
    counts = Counter(noun for noun, _ in subjects)
    parts = [f"{number} {_plural(noun, number)}" for noun, number in sorted(counts.items())]
    environments = {item.environment for item in judgements if item.environment}
    summary = ", ".join(parts) or "no subject in this service"
    if len(environments) > 1:
        summary += f" in {len(environments)} environments"
    if control.by_people:
        summary += f"; {control.by_people}"
    for waiver, _ in groupby(accepted.values()):
        summary += f"; until {waiver.expires} by {waiver.owner}: {waiver.reason}"
    return summary


def _plural(noun: str, number: int) -> str:
    if number == 1:
        return noun
    if noun.endswith("y") and noun[-2] not in "aeo":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x")) else f"{noun}s"
