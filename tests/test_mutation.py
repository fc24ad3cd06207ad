"""Mutation testing of a service's domain: no mutant survives, and survivors are reported.

These run mutmut, so they are among the slowest; `dev/mutation_report.py` of the kit has quick ones.
"""

import re
from pathlib import Path

from tests import exhaustive
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.programs import commit_all, git
from tests.service_checks import task

COUNTS = re.compile(r"(\d+) small changes of the domain: (\d+) killed by a test, (\d+) survived")
EXPLANATIONS = "tests/unit/domain/equivalent_mutants.toml"
EXPLANATION = """
[[equivalent]]
module = "order"
change = '''
- return Decision(Status.REJECTED, Reason.AMOUNT_OVER_LIMIT)
+ return Decision(Reason.AMOUNT_OVER_LIMIT)
'''
why = "Only to see that an explanation counts."
"""
# The test that checks the limits to the cent.
TEST = re.compile(
    r"@pytest\.mark\.parametrize\((?:(?!\ndef ).)*\ndef test_limits\(.*?(?=\n\n\n)", re.S
)


def remove_the_test_of_the_limits(service: Path) -> None:
    file = service / "tests/unit/domain/test_order.py"
    text, removed = TEST.subn("", file.read_text(encoding="utf-8"))
    assert removed == 1
    file.write_text(text, encoding="utf-8")


@exhaustive.MARK
def test_the_domains_tests_find_every_mutation(render: Render) -> None:
    service = render({"stacks": list(ALL_STACKS)})
    git(service, "init", "--quiet")
    commit_all(service, "Begin")

    result = task(service, "mutate")

    assert result.returncode == 0, result.stdout
    counts = COUNTS.search(result.stdout)
    assert counts is not None, result.stdout
    assert int(counts[1]) > 100, "mutmut no longer finds the domain's code"
    assert git(service, "status", "--porcelain") == ""


def test_an_unexplained_survivor_fails_the_task(render: Render) -> None:
    service = render({})
    remove_the_test_of_the_limits(service)
    (service / EXPLANATIONS).write_text(EXPLANATION, encoding="utf-8")

    result = task(service, "mutate", "order")

    assert result.returncode == 1, result.stdout
    assert "2 survived, 1 of them explained" in result.stdout
    assert "-    if order.amount_cents <= LIMITS[order.priority]:" in result.stdout
    assert "+    if order.amount_cents < LIMITS[order.priority]:" in result.stdout
    assert "Decision(" not in result.stdout


def test_mutation_testing_needs_passing_tests(render: Render) -> None:
    service = render({})
    domain = service / "src/service/domain/order.py"
    text = domain.read_text(encoding="utf-8")
    domain.write_text(text.replace("1_000_000", "1_000_001"), encoding="utf-8")

    result = task(service, "mutate", "cpf")

    assert result.returncode == 1, result.stdout
    assert "error: " in result.stdout
    assert "test_limits" in result.stdout
