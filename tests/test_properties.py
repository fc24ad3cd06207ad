"""Property tests also try literals of the code."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests import exhaustive
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.service_checks import assert_passes, task

# Fails only for a literal of the API's contract.
FALSE = """
from hypothesis import given, strategies as st

from service.handlers import contract


@given(st.text())
def test_no_text_is_the_example(text: str) -> None:
    assert text != contract.SubmitRequest.model_fields["document"].examples[0]
"""


def test_a_property_that_a_literal_falsifies_is_found(service: Path, tmp_path: Path) -> None:
    copy = tmp_path / "service"
    shutil.copytree(service, copy)
    shutil.rmtree(copy / "tests/unit")
    (copy / "tests/unit").mkdir()
    (copy / "tests/unit/test_false.py").write_text(FALSE, encoding="utf-8")

    done = task(copy, "properties")

    assert done.returncode == 1, done.stdout
    assert "test_no_text_is_the_example" in done.stdout


@exhaustive.MARK
def test_the_property_tests_of_a_service_pass(render: Render) -> None:
    assert_passes(render({"stacks": list(ALL_STACKS)}), "properties")
