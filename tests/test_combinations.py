"""Every combination of stacks renders, passes the checks and synthesizes for every environment."""

import itertools
from pathlib import Path

import pytest

from tests import exhaustive
from tests.answers import Answers
from tests.combinations import ALL_STACKS, STACKS, connect, covering_subset, every_combination
from tests.conftest import Render
from tests.kernel import synthesize
from tests.programs import OWN_PROGRAMS, run

COMBINATIONS = list(every_combination())

# CloudFormation allows 500 resources in a stack.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MOST_RESOURCES = 250
SHORTEST_REASON = 20


def test_no_combination_is_missing() -> None:
    chosen = {frozenset(name.split("+")) & frozenset(STACKS) for name, _ in COMBINATIONS}
    assert len(chosen) == 2 ** len(STACKS)


def test_the_subset_has_all_combinations_of_every_two_stacks() -> None:
    cases = [str(answers["stacks"]) for _, answers in covering_subset()]
    for one, other in itertools.combinations(ALL_STACKS, 2):
        assert len({(one in case, other in case) for case in cases}) == 4, (one, other)


@pytest.mark.parametrize(
    "answers",
    [
        *(pytest.param(case, id=f"pairwise: {name}") for name, case in covering_subset()),
        *(pytest.param(case, id=name, marks=exhaustive.MARK) for name, case in COMBINATIONS),
    ],
)
def test_a_combination_passes_the_linter_and_synthesizes(
    answers: Answers, render: Render, tmp_path: Path
) -> None:
    service = render(answers)
    connect(service, answers)
    for check in (["format", "--check"], ["check"]):
        result = run(service, OWN_PROGRAMS / "ruff", *check, "--no-cache", "--quiet")
        assert result.returncode == 0, result.stdout

    assembly = synthesize(service, tmp_path)

    assert assembly.violations == []
    assert [reason for reason in assembly.acknowledged if len(reason) < SHORTEST_REASON] == []
    assert max(assembly.resources.values()) <= MOST_RESOURCES
