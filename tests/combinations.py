"""Every combination of the optional stacks, with the other answers spread over them pairwise."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from allpairspy import AllPairs

from tests.answers import ANSWER_SETS, Answers

STACKS = ("api", "messaging", "events", "workflow", "monitoring", "finops")
"""The stacks of which every combination is tried."""

OPTIONS = ("reports", "vpc")
"""Stacks that others work with or without, tried pairwise like any other answer."""

ALL_STACKS = (*STACKS, *OPTIONS)

# What is varied beside the stacks: in each row one of each.
_VARIED: Sequence[Sequence[object]] = (
    ("defaults", "hostile", "longest", "shortest"),
    ("defaults", "environments"),
    ("iam", "cognito"),
    ("python3.13", "python3.14"),
    ("arm64", "x86_64"),
    *((False, True) for _ in OPTIONS),
)


def every_combination() -> Iterator[tuple[str, Answers]]:
    """Yield a name and answers for each of the 64 combinations of the stacks."""
    rows = itertools.cycle(list(AllPairs(list(_VARIED))))
    for chosen in itertools.product((False, True), repeat=len(STACKS)):
        stacks = list(itertools.compress(STACKS, chosen))
        yield _case(stacks, next(rows))


def covering_subset() -> Iterator[tuple[str, Answers]]:
    """Yield six cases in which every two stacks meet, and each is without the other.

    No fewer would do for up to ten stacks: each is chosen in another three of five cases, so that
    any two share a case and differ in two, and the last case chooses none. (Kleitman and Spencer,
    "Families of k-independent sets", 1973.)
    """
    threes = list(zip(ALL_STACKS, itertools.combinations(range(5), 3), strict=False))
    rows = itertools.cycle(list(AllPairs(list(_VARIED[:5]))))
    for case in range(6):
        stacks = [stack for stack, cases in threes if case in cases]
        yield _case(stacks, [*next(rows), *(option in stacks for option in OPTIONS)])


def _case(stacks: Sequence[str], row: Sequence[object]) -> tuple[str, Answers]:
    texts, environments, authentication, runtime, architecture, *options = row
    chosen = [name for name in stacks if name not in OPTIONS]
    chosen += list(itertools.compress(OPTIONS, options))
    answers = {
        **ANSWER_SETS[str(texts)],
        **ANSWER_SETS[str(environments)],
        "stacks": chosen,
        "api_authentication": authentication,
        "lambda_runtime": runtime,
        "architecture": architecture,
    }
    return "+".join(chosen) or "storage", answers
