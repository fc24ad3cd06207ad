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
    """Return the result of each control, and of the waivers' own checks.

    Args:
        evidence: What is known of the repository.
        controls: The controls; all of them by default.
    """
    known = waivers.read(evidence)
    used: set[Waiver] = set()
    too_coarse: dict[Waiver, list[str]] = {}
    outcomes = []
    for control in controls:
        judgements = tuple(dict.fromkeys(_judgements(control, evidence)))
        accepted = waivers.accepted(control, judgements, known, evidence.today)
        used.update(accepted.values())
        too_coarse |= waivers.too_coarse(control, judgements, known)
        outcomes.append(_outcome(control, judgements, accepted))
    ids = [control.id for control in CONTROLS]
    judged = waivers.judge(known, used, too_coarse, [*ids, CurrentWaivers.id], evidence.today)
    return [*outcomes, _outcome(CurrentWaivers(), tuple(judged), {})]


def _judgements(control: Control, evidence: Evidence) -> Iterator[Judgement]:
    """Yield a control's judgements; if its evidence is missing, a judgement that says so."""
    if control.looks_at == "templates":
        fault = evidence.verdicts.synthesis().fault
        if fault:
            yield Judgement("assembly", "cdk.out", fault=fault)
    yield from control.judge(evidence)


def by_item(outcomes: Iterable[ControlResult]) -> dict[Item, list[ControlResult]]:
    """Return results by item, in the guideline's order, including items without results."""
    found: dict[Item, list[ControlResult]] = {item: [] for item in ITEMS.values()}
    for outcome in outcomes:
        found[outcome.control.item].append(outcome)
    return found


def standing(outcomes: Sequence[ControlResult]) -> Status:
    """Return the status of an item: the most severe of its controls."""
    weights = list(Status)
    return min((outcome.status for outcome in outcomes), key=weights.index)


def _outcome(
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
    """Return a summary of what was checked, in one line."""
    subjects = {(item.kind, item.subject) for item in judgements}
    counts = Counter(kind for kind, _ in subjects)
    parts = [f"{number} {_plural(kind, number)}" for kind, number in sorted(counts.items())]
    environments = {item.environment for item in judgements if item.environment}
    said = ", ".join(parts) or "no subject in this service"
    if len(environments) > 1:
        said += f" in {len(environments)} environments"
    if control.by_people:
        said += f"; {control.by_people}"
    for waiver, _ in groupby(accepted.values()):
        said += f"; until {waiver.expires} by {waiver.owner}: {waiver.reason}"
    return said


def _plural(kind: str, number: int) -> str:
    if number == 1:
        return kind
    if kind.endswith("y") and kind[-2] not in "aeo":
        return f"{kind[:-1]}ies"
    return f"{kind}es" if kind.endswith(("s", "x")) else f"{kind}s"
