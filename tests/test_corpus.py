"""The corpus of edits that updates are measured by fits the release that it was written for."""

from pathlib import Path

import pytest

from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.corpus import Edit, edits, missing
from tests.releases import VERSION

EDITS = list(edits())


def test_names_are_unique() -> None:
    assert len({edit.name for edit in EDITS}) == len(EDITS) >= 60


@pytest.mark.skipif(not VERSION.startswith("1.6."), reason="the corpus is of services of 1.6")
def test_every_edit_can_be_made_and_found(render: Render) -> None:
    service = render({"stacks": list(ALL_STACKS)})
    for edit in EDITS:
        assert len(missing(service, edit)) == len(edit.keep), edit.name
    for edit in EDITS:
        edit.apply(service)
    assert [edit.name for edit in EDITS if missing(service, edit)] == []


def test_an_edit_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    edit = Edit("twice", "own code", "file", (), find="a")
    with pytest.raises(ValueError, match="should be there"):
        edit.apply(tmp_path)
    (tmp_path / "file").write_text("aa", encoding="utf-8")
    with pytest.raises(ValueError, match="doesn't occur once"):
        edit.apply(tmp_path)
