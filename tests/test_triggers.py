"""Functions of `python3 dev.py add function` are started by real triggers, in the emulator."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import added_triggers, exhaustive
from tests.conftest import Render
from tests.generators import add
from tests.service_checks import task
from tests.test_local import assert_nothing_is_left, set_up

COMMANDS = (
    "bucket uploads --stack storage",
    "function index-record --on stream:records",
    "function import-prices --on bucket:uploads",
    'function take-payment --on webhook:"POST /hooks/payments"',
    'function archive-invoice --on event:"Invoice Paid"',
    'function tidy-up --on schedule:"rate(1 day)"',
)
HERE = "tests/local/stacks/test_triggers.py"


@exhaustive.MARK
@pytest.mark.parametrize("scaffold", ["empty", "sample"])
def test_added_functions_are_started_by_their_triggers(scaffold: str, render: Render) -> None:
    service = render({"stacks": ["api", "events"], "scaffold": scaffold})
    for line in COMMANDS:
        added = add(service, line)
        assert (added.code, added.error) == (0, ""), line
        assert "insert by hand" not in added.output, line
    shutil.copy(Path(added_triggers.__file__), service / HERE)
    set_up(service)

    tested = task(service, "local-test", "-k", "test_triggers")

    assert tested.returncode == 0, tested.stdout
    # Each function of the module ran, and none was skipped.
    count = Path(added_triggers.__file__).read_text(encoding="utf-8").count("\ndef test_")
    assert f"{count} passed" in tested.stdout, tested.stdout
    assert "skipped" not in tested.stdout
    assert_nothing_is_left(service)
