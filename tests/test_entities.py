"""Entities of `python3 dev.py add entity` in both scaffolds: all checks, and use by their API."""

from __future__ import annotations

import shlex

import pytest
from aws_service_kit.generate.__main__ import main

from tests import exhaustive
from tests.conftest import Render
from tests.kernel import derive
from tests.service_checks import assert_passes, task
from tests.test_local import set_up

ENTITIES = (
    'entity Invoice --fields "number:str amount_cents:int issued_on:date note:str?"',
    # Every type, as it is, optional and in a list; the longest names.
    'entity OverdueCustomerSubscription --fields "type:str(3..80) code:str(0..5)? cents:int(0..) '
    "score:int(-5..5)? active:bool vip:bool? born_on:date? starts_at:datetime ends_at:datetime? "
    "ref:uuid other_ref:uuid? price:decimal discount:decimal? status:open|in-progress|paid "
    "phase:a|b? tags:str[] sizes:int(1..9)[] days:date[] times:datetime[] refs:uuid[] "
    "prices:decimal[] flags:bool[] kinds:x|y[] the_longest_field_name_allowed:str? "
    'a_longest_field_name_in_a_list:str(3..10)[]"',
    'entity Person --plural people --fields "name:str email:email backup_email:email? '
    'phone:str(5..20)?" --personal name,phone',
)


@exhaustive.MARK
@pytest.mark.parametrize("scaffold", ["sample", "empty"])
def test_entities_pass_the_checks_and_are_used_by_their_api(
    scaffold: str, render: Render, capsys: pytest.CaptureFixture[str]
) -> None:
    service = render({"stacks": ["api"], "scaffold": scaffold})
    for line in ENTITIES:
        assert main(shlex.split(line), service) == 0, capsys.readouterr().err
        assert "insert by hand" not in capsys.readouterr().out
    derive(service)
    assert_passes(service, "lint", "types", "imports", "unit", "infrastructure")

    set_up(service)
    tested = task(service, "local-test")

    assert tested.returncode == 0, tested.stdout
