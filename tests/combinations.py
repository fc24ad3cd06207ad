"""All combinations of the optional stacks, with pairwise combinations of the other answers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from allpairspy import AllPairs

from tests.answers import ANSWER_SETS, DEFAULTS, Answers

STACKS = ("api", "messaging", "events", "workflow", "monitoring", "finops")
"""The stacks of which every combination is tried."""

OPTIONS = ("reports", "vpc")
"""Stacks that others work with or without, tried pairwise like any other answer."""

ALL_STACKS = (*STACKS, *OPTIONS)

# Answers that vary in addition to the stacks; each case has one of each row.
_VARIED: Sequence[Sequence[object]] = (
    ("defaults", "hostile", "longest", "shortest"),
    ("defaults", "environments"),
    ("iam", "cognito"),
    ("defaults", "domain"),
    ("python3.13", "python3.14"),
    ("arm64", "x86_64"),
    *((False, True) for _ in OPTIONS),
)


EXISTING_VPC = """
[environments.prod.vpc]
id = "vpc-0a1b2c3d4e5f6a7b8"
subnet_ids = ["subnet-0a1b2c3d4e5f6a7b8", "subnet-0a1b2c3d4e5f6a7b9"]
security_group_id = "sg-0a1b2c3d4e5f6a7b8"
endpoints = ["dynamodb", "events", "s3", "secretsmanager", "sns", "sqs", "ssm"]
"""
EXISTING_USER_POOL = """
[environments.prod.user_pool]
arn = "arn:aws:cognito-idp:{region}:{account}:userpool/{region}_AbCdEf123"
client_id = "1a2b3c4d5e"
scope = "use"
"""


def every_combination() -> Iterator[tuple[str, Answers]]:
    """Yield a name and answers for each of the 64 combinations of the stacks."""
    rows = itertools.cycle(list(AllPairs(list(_VARIED))))
    for chosen in itertools.product((False, True), repeat=len(STACKS)):
        stacks = list(itertools.compress(STACKS, chosen))
        yield _case(stacks, next(rows))


def covering_subset() -> Iterator[tuple[str, Answers]]:
    """Yield six cases with all four combinations of every two stacks.

    No fewer would do for up to ten stacks: each is chosen in another three of five cases, so that
    any two share a case and differ in two, and the last case chooses none. (Kleitman and Spencer,
    "Families of k-independent sets", 1973.)
    """
    threes = list(zip(ALL_STACKS, itertools.combinations(range(5), 3), strict=False))
    rows = itertools.cycle(list(AllPairs(list(_VARIED[: -len(OPTIONS)]))))
    for case in range(6):
        stacks = [stack for stack, cases in threes if case in cases]
        yield _case(stacks, [*next(rows), *(option in stacks for option in OPTIONS)])


def connect(service: Path, answers: Answers) -> None:
    """Configure an existing VPC and user pool for prod, in a case with a domain.

    They are keys of team.toml, not answers.
    """
    if not answers.get("api_domain"):
        return
    chosen = list(cast("Sequence[str]", answers["stacks"]))
    region, account = (
        answers.get(f"prod_{key}", DEFAULTS[f"prod_{key}"]) for key in ("region", "account")
    )
    text = ""
    if "vpc" in chosen:
        text += EXISTING_VPC
    if "api" in chosen and answers["api_authentication"] == "cognito":
        text += EXISTING_USER_POOL.format(region=region, account=account)
    with (service / "infrastructure/config/team.toml").open("a", encoding="utf-8") as team:
        team.write(text)


def _case(stacks: Sequence[str], row: Sequence[object]) -> tuple[str, Answers]:
    texts, environments, authentication, domain, runtime, architecture, *options = row
    chosen = [name for name in stacks if name not in OPTIONS]
    chosen += list(itertools.compress(OPTIONS, options))
    answers = {
        **ANSWER_SETS[str(texts)],
        **ANSWER_SETS[str(environments)],
        **ANSWER_SETS[str(domain)],
        "stacks": chosen,
        "api_authentication": authentication,
        "lambda_runtime": runtime,
        "architecture": architecture,
    }
    return "+".join(chosen) or "storage", answers
