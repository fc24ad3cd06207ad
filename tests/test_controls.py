"""Every control sees what it forbids, and nothing else does: a service is changed for each."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from aws_guidelines.control import Status
from aws_guidelines.controls import CONTROLS
from aws_guidelines.controls.maintenance import CurrentWaivers
from aws_guidelines.evidence import Evidence
from aws_guidelines.items import ITEMS
from aws_guidelines.review import by_item, review, standing

from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.kernel import derive, synthesize
from tests.mutations import TODAY, Mutation, mutations
from tests.service_checks import assert_passes

MUTATIONS = dict(mutations())
# What a service without any other stack than storage doesn't need.
FEWEST = 27

Prove = Callable[[list[str]], Path]


@pytest.fixture(scope="session")
def prove(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Prove:
    """Make services, and the evidence that their own tasks leave."""

    def make(stacks: list[str]) -> Path:
        service = render({"stacks": stacks})
        derive(service)
        assert_passes(service, "lint", "imports", "unit")
        outdir = tmp_path_factory.mktemp("assembly")
        synthesize(service, outdir)
        (outdir / "cdk.out").rename(service / "cdk.out")
        return service

    return make


@pytest.fixture(scope="session")
def everything(prove: Prove) -> Path:
    """A service with all stacks."""
    return prove(list(ALL_STACKS))


def failed(service: Path, today: date = TODAY) -> dict[str, list[str]]:
    return {
        outcome.control.id: [str(fault) for fault in outcome.faults]
        for outcome in review(Evidence(service, today))
        if outcome.status is Status.FAILED
    }


def test_a_service_with_everything_is_proven(everything: Path) -> None:
    assert failed(everything) == {}
    stands = [standing(found) for found in by_item(review(Evidence(everything, TODAY))).values()]
    # Nothing but spot instances and waivers is missing.
    assert stands.count(Status.NOT_APPLICABLE) == 2


def test_a_service_with_the_fewest_stacks_is_proven(prove: Prove) -> None:
    service = prove([])
    assert failed(service) == {}
    stands = [standing(found) for found in by_item(review(Evidence(service, TODAY))).values()]
    assert stands.count(Status.NOT_APPLICABLE) == FEWEST


def test_every_line_of_the_guideline_has_a_control() -> None:
    assert {control.item.id for control in (*CONTROLS, CurrentWaivers())} == set(ITEMS)


def test_every_control_has_a_mutation() -> None:
    ids = {control.id for control in (*CONTROLS, CurrentWaivers())}
    assert {mutation.control for mutation in MUTATIONS.values()} == ids


@pytest.mark.parametrize("control", sorted({mutation.control for mutation in MUTATIONS.values()}))
def test_a_control_sees_what_it_forbids_and_nothing_else_does(
    control: str, everything: Path
) -> None:
    matrix = {
        name: seen_by(mutation, everything)
        for name, mutation in MUTATIONS.items()
        if mutation.control == control
    }
    expected = {name: {control, *MUTATIONS[name].companions} for name in matrix}
    assert matrix == expected


def seen_by(mutation: Mutation, service: Path) -> set[str]:
    with mutation.done_to(service):
        return set(failed(service, mutation.today))
