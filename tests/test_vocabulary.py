"""Words that this repository replaces by others are absent, or their number never increases."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests import vocabulary

LISTED = vocabulary.words()


@pytest.fixture(scope="module")
def places() -> list[vocabulary.Place]:
    return list(vocabulary.places(vocabulary.ROOT, vocabulary.tracked(), LISTED))


@pytest.mark.parametrize("area", vocabulary.AREAS)
def test_no_count_exceeds_its_ceiling(places: list[vocabulary.Place], area: str) -> None:
    counted = vocabulary.count(places)[area]
    ceilings = LISTED["ceilings"][area]
    more = [
        f"{form} with {word}: {counted[form][word]}, not {most}; say {entry['instead']}"
        for word, entry in LISTED["words"].items()
        if not entry.get("absent")
        for form, most in zip(vocabulary.FORMS, ceilings.get(word, [0, 0]), strict=True)
        if counted[form][word] > most
    ]
    assert more == []


def test_absent_words_are_in_no_name_or_sentence(places: list[vocabulary.Place]) -> None:
    absent = {word for word, entry in LISTED["words"].items() if entry.get("absent")}
    assert [str(place) for place in places if place.word in absent] == []


def test_no_permission_is_superfluous() -> None:
    files = vocabulary.tracked()
    unlimited = {**LISTED, "allowed": []}
    superfluous = []
    for entry in LISTED["allowed"]:
        for pattern in entry["files"]:
            matching = [file for file in files if fnmatchcase(file, pattern)]
            found = vocabulary.places(vocabulary.ROOT, matching, unlimited)
            words = {place.word for place in found}
            superfluous += [f"{pattern}: {word}" for word in {*entry.get("words", ())} - words]
            if not words:
                superfluous.append(pattern)
    assert superfluous == []


def test_the_document_has_the_counts() -> None:
    text = vocabulary.DOCUMENT.read_text(encoding="utf-8")
    shown = text.partition(vocabulary.BEGIN)[2].partition(vocabulary.END)[0]
    assert shown == vocabulary.table(LISTED), "run: python -m tests.vocabulary --write"


def test_names_and_prose_are_counted_separately(tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text(
        '"""Nobody told."""\nimport teller\n\n# It tells.\ndef tell_all(told: int) -> None:\n'
        '    toldTwice = "told"\n    print("It was told " + told)\n    self.tells = retold\n',
        encoding="utf-8",
    )
    (tmp_path / "page.md").write_text("Told, untold, tell-tale.\n", encoding="utf-8")
    found = list(vocabulary.places(tmp_path, ["told.py", "page.md"], LISTED))
    counted = vocabulary.count(found)["repository"]
    assert (counted["names"]["tell"], counted["prose"]["tell"]) == (5, 4)
    assert counted["prose"]["somebody"] == 1


def test_a_place_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        '"""Say it.\n\nIt is told.\n"""\n\n\ndef tell() -> None: ...  # It is told twice.\n',
        encoding="utf-8",
    )
    found = vocabulary.places(tmp_path, ["module.py"], LISTED)
    assert sorted(map(str, found)) == [
        "module.py:3: tell: It is told.",
        "module.py:7: tell: It is told twice.",
        "module.py:7: tell: tell",
    ]


def test_allowed_words_of_a_file_are_not_counted(tmp_path: Path) -> None:
    for name in ("former.md", "other.md"):
        (tmp_path / name).write_text("It tells nobody.\n", encoding="utf-8")
    permission = {"files": ["former*"], "words": ["tell"], "reason": "a former name"}
    listed = {**LISTED, "allowed": [permission]}
    found = vocabulary.places(tmp_path, ["former.md", "other.md"], listed)
    assert [(place.file, place.word) for place in found] == [
        ("former.md", "somebody"),
        ("other.md", "tell"),
        ("other.md", "somebody"),
    ]


def test_ceilings_only_fall() -> None:
    listed = {
        "words": {"tell": {}, "who": {}, "mend": {}, "offer": {"absent": True}},
        "before": {"tell": [9, 9], "mend": [1, 1]},
        "ceilings": {"kit": {"tell": [3, 5], "offer": [1, 1]}},
    }
    zero: dict[str, Counter[str]] = {form: Counter() for form in vocabulary.FORMS}
    found = {
        "names": Counter({"tell": 2, "mend": 1}),
        "prose": Counter({"tell": 9, "who": 1}),
    }
    vocabulary.lower(listed, {"kit": found, "tests": zero})
    # `who` is new in the list. `offer` must be absent.
    assert listed["ceilings"] == {"kit": {"tell": [2, 5], "who": [0, 1]}, "tests": {}}
