"""Breaches of the guideline fail a check of a generated service."""

from dataclasses import dataclass

import pytest

from tests import exhaustive
from tests.conftest import Render
from tests.service_checks import task


@dataclass(frozen=True)
class Fault:
    """A violation of the guideline, the task that must fail, and the expected output."""

    path: str
    old: str
    new: str
    task: str
    output: str


STORAGE = "infrastructure/stacks/storage.py"
API = "infrastructure/stacks/api.py"
DOMAIN = "src/service/domain/order.py"
FAULTS = {
    "unformatted file": Fault(DOMAIN, "class Status(", "class  Status(", "lint", DOMAIN),
    "unused import": Fault(DOMAIN, "from enum ", "import json\nfrom enum ", "lint", "F401"),
    "print": Fault(DOMAIN, "    if order.amount", "    print(order)\n    if order.amount",
        "lint", "T201"),
    "unpinned action": Fault(".github/workflows/deploy-environment.yml",
        "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "actions/checkout@v7",
        "workflows", "unpinned-uses"),
    "untyped function": Fault(DOMAIN, "def decide(order: Order) -> Decision:",
        "def decide(order):", "types", "no-untyped-def"),
    "boto3 in the domain": Fault(DOMAIN, "from enum ", "import boto3\nfrom enum ",
        "imports", "service.domain.order -> boto3"),
    "broken rule": Fault(DOMAIN, "order.amount_cents <=", "order.amount_cents <",
        "unit", "failed"),
    "untested code": Fault(DOMAIN, "def decide(",
        "def untested(x: int) -> int:\n" + "".join(f"    if x == {n}:\n        return {n + 1}\n"
        for n in range(120)) + "    return x\n\n\ndef decide(", "unit", "fail-under"),
    "wildcard action": Fault(API, '"dynamodb:GetItem"', '"dynamodb:*"',
        "infrastructure", "AwsSolutions-IAM5"),
    "production that can be deleted": Fault("infrastructure/config/team.toml", "",
        "[environments.prod]\ntermination_protection = false\n", "infrastructure",
        "test_production_has_termination_protection"),
    "role that other repositories assume": Fault("operations/deployment-roles.yaml",
        "StringEquals:", "StringLike:", "infrastructure",
        "test_only_github_assumes_the_roles_and_only_with_the_exact_claims"),
    "missing handler": Fault(API, "service.handlers.health.handler",
        "service.handlers.health.handle", "infrastructure", "handle"),
}  # fmt: skip


# Until the first failure.
OPTIONS = {"unit": ["-x"], "infrastructure": ["-x"]}


# One for each task.
QUICK = ["print", "untyped function", "boto3 in the domain", "broken rule", "wildcard action"]


@pytest.mark.parametrize("name", exhaustive.all_but(QUICK, sorted(FAULTS)))
def test_a_violation_fails_a_check_of_the_service(name: str, render: Render) -> None:
    fault = FAULTS[name]
    service = render({})
    path = service / fault.path
    text = path.read_text(encoding="utf-8")
    assert fault.old in text, "the fault no longer fits the code"
    path.write_text(text.replace(fault.old, fault.new, 1), encoding="utf-8")

    result = task(service, fault.task, *OPTIONS.get(fault.task, []))

    assert result.returncode != 0, result.stdout
    assert fault.output in result.stdout
