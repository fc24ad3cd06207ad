"""Counts of words that this repository replaces by others never increase."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests import vocabulary

LISTED = vocabulary.words()


@pytest.fixture(scope="module")
def counts() -> vocabulary.Counts:
    return vocabulary.count(vocabulary.ROOT, vocabulary.tracked(), LISTED)


@pytest.mark.parametrize("area", vocabulary.AREAS)
def test_no_area_says_them_more_often(counts: vocabulary.Counts, area: str) -> None:
    ceilings = LISTED["ceilings"][area]
    more = [
        f"{form} with {word}: {counts[area][form][word]}, not {most}; say {entry['instead']}"
        for word, entry in LISTED["words"].items()
        for form, most in zip(vocabulary.FORMS, ceilings.get(word, [0, 0]), strict=True)
        if counts[area][form][word] > most
    ]
    assert more == []


def test_the_document_has_the_counts() -> None:
    text = vocabulary.PAGE.read_text(encoding="utf-8")
    shown = text.partition(vocabulary.BEGIN)[2].partition(vocabulary.END)[0]
    assert shown == vocabulary.table(LISTED), "run: python -m tests.vocabulary --write"


def test_names_and_prose_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text(
        '"""Nobody told."""\nimport teller\n\n# It tells.\ndef tell_all(told: int) -> None:\n'
        '    toldTwice = "told"\n    print("It was told " + told)\n    self.tells = retold\n',
        encoding="utf-8",
    )
    (tmp_path / "page.md").write_text("Told, untold, tell-tale.\n", encoding="utf-8")
    counted = vocabulary.count(tmp_path, ["told.py", "page.md"], LISTED)["repository"]
    assert (counted["names"]["tell"], counted["prose"]["tell"]) == (5, 4)
    assert counted["prose"]["somebody"] == 1


def test_ceilings_only_fall() -> None:
    listed = {
        "words": {"tell": {}, "who": {}, "mend": {}},
        "before": {"tell": [9, 9], "mend": [1, 1]},
        "ceilings": {"kit": {"tell": [3, 5]}},
    }
    zero: dict[str, Counter[str]] = {form: Counter() for form in vocabulary.FORMS}
    found = {
        "names": Counter({"tell": 2, "mend": 1}),
        "prose": Counter({"tell": 9, "who": 1}),
    }
    vocabulary.lower(listed, {"kit": found, "tests": zero})
    # `who` is new in the list.
    assert listed["ceilings"] == {"kit": {"tell": [2, 5], "who": [0, 1]}, "tests": {}}
