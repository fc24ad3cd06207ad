"""Edits of teams in services of 1.6, and the result of the update to the kit.

The numbers are printed. Every run applies the edits. The quicker tests of test_update_survival.py
update a service with edits.
"""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest
from aws_service_kit.controls.evidence.release import differences
from aws_service_kit.update.ownership import MANIFEST

from migrations.v2_0_0.moves import FILES as INTO_THE_KIT
from migrations.v2_1_0.moves import FILES as RENAMED
from tests import exhaustive
from tests.combinations import ALL_STACKS
from tests.corpus import Edit, contents, edits, missing
from tests.programs import ROOT, commit_all, git
from tests.releases import HERE, commit_of
from tests.service_checks import assert_runs, dev, task
from tests.team_services import edit, generate
from tests.test_update import unchecked_releases

__all__ = ["unchecked_releases"]

# The release that the corpus was written for.
OF = "1.6.1"
EDITS = list(edits())
BRANCH = f"template-update-{HERE[1:]}"
TREE = ".cache/update/tree"
SESSION, SUMMARY = ".cache/update/session.json", ".cache/update/summary.md"
BY_HAND = re.compile(r"^- to do by hand: `(.+):(\d+)`: names `(.+?)`", re.MULTILINE)
WORK_LEFT = 3
# The share of edits that merge without manual work. 2.1.0 rewords many lines that teams edit.
UNAIDED = 0.6
CONFLICT = re.compile(
    r"^<{7} .*?\n(?P<team>.*?)^={7}\n(?P<template>.*?)^>{7} .*?\n", re.MULTILINE | re.DOTALL
)
# Resolutions of conflicts, by a text on the team's side. All others are resolved with the team's
# side.
DECISIONS = {
    "# tags are ours": "from aws_cdk import Duration, Stack, Tags  # tags are ours\n",
    "see the wiki, page Dead letters": """\
            threshold=settings.alarm_messages or environment.settings.alarms.dead_letter_messages,
            description=f"{construct_id} holds messages: see the wiki, page Dead letters.",
""",
    "America/Manaus": """\
TIME_ZONE = "America/Manaus"

TIME_ZONES = available_timezones()
""",
    "our region is far": """\
Factory = Callable[[], object]

_READ_TIMEOUT = 3  # our region is far from the partner's
_CONNECT_TIMEOUT = 1
_ATTEMPTS = 3
""",
    "def kinesis": """\
@cache
def kinesis() -> Any:  # noqa: ANN401 (ours)
    \"\"\"Return the client of Kinesis, for our clickstream.\"\"\"
    return client("kinesis")


def create_at_init(*factories: Factory) -> None:
    \"\"\"Create clients during the init of a Lambda function; elsewhere do nothing.
""",
}
# Changes of the sample's tests that the edits need with any release.
ADAPTED = {
    "test_events.py": ("America/Sao_Paulo", "America/Manaus"),
    "test_finops.py": ("America/Sao_Paulo", "America/Manaus"),
    "test_messaging.py": (
        '"NotificationsDeadLetters",',
        '"NotificationsDeadLetters", "Invoices", "InvoicesDeadLetters",',
    ),
}
# Violations in the team's code with any release.
FAULTS = (
    ("L2.validated", "src/service/handlers/get_limits.py:Limits"),
    ("R3.referred-to", "messaging/Invoices"),
)
WAIVER = """
[[waiver]]
control = "{}"
resource = "{}"
reason = "Ours since release 1.6, proposed to the template."
owner = "platform@example.com"
expires = {}
"""


class Left(NamedTuple):
    """A line with a former name."""

    path: str
    line: int
    name: str


@dataclass(frozen=True)
class Updated:
    """An edited and updated service.

    Attributes:
        folder: The service.
        conflicts: Files with conflicts.
        leftovers: Lines that need manual work.
    """

    folder: Path
    conflicts: tuple[str, ...]
    leftovers: tuple[Left, ...]

    def listed(self, edit: Edit) -> list[str]:
        """Return the places of an edit that need manual work."""
        path = str(place_of(edit.path))
        text = f"{edit.replace}{edit.content}{edit.append}"
        return [each for each in self.conflicts if each in (path, edit.path)] + [
            f"{each.path}:{each.line}"
            for each in self.leftovers
            if each.path == path and (each.name in text or each.name.replace(".", "/") in text)
        ]


def service_of(releases: Path, folder: Path) -> Path:
    """Create a service of the corpus's release, with every stack."""
    if commit_of(OF) is None:
        pytest.skip(f"this clone's history lacks {OF}: git fetch --unshallow")
    return generate(releases, f"v{OF}", folder / "service", {"stacks": list(ALL_STACKS)})


def place_of(path: str) -> PurePosixPath:
    """Return the present path of a file of the corpus's release."""
    place = INTO_THE_KIT.get(PurePosixPath(path), PurePosixPath(path))
    return RENAMED.get(place, place)


def decided(conflict: re.Match[str]) -> str:
    """Return the resolution of a conflict, which keeps both sides' changes."""
    team = conflict["team"]
    return next((text for known, text in DECISIONS.items() if known in team), team)


def decide(service: Path) -> tuple[str, ...]:
    """Resolve every conflict of an update, keep retired files, and return the files."""
    text = (service / SESSION).read_text(encoding="utf-8")
    conflicts: tuple[str, ...] = tuple(json.loads(text)["conflicts"])
    for path in conflicts:
        file = service / TREE / path
        file.write_text(CONFLICT.sub(decided, file.read_text(encoding="utf-8")), encoding="utf-8")
    git(service / TREE, "add", "--", *conflicts)
    return conflicts


def update(service: Path) -> Updated:
    """Update to this working copy, resolve conflicts, and check the branch out."""
    result, conflicts = task(service, "update", "--defaults"), tuple[str, ...]()
    if result.returncode == WORK_LEFT:
        conflicts = decide(service)
        result = task(service, "update", "--continue")
    assert result.returncode == 0, result.stdout
    git(service, "switch", "--quiet", BRANCH)
    summary = (service / SUMMARY).read_text(encoding="utf-8")
    left = (Left(path, int(line), name) for path, line, name in BY_HAND.findall(summary))
    return Updated(service, conflicts, tuple(left))


@pytest.fixture(scope="module")
def edited(unchecked_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Updated:
    """An updated service with all edits."""
    service = service_of(unchecked_releases, tmp_path_factory.mktemp("edited"))
    for each in EDITS:
        each.apply(service)
    commit_all(service, "The team's work")
    return update(service)


def test_names_are_unique() -> None:
    assert len({each.name for each in EDITS}) == len(EDITS) >= 60


def test_every_edit_can_be_made_and_found(releases: Path, tmp_path: Path) -> None:
    service = service_of(releases, tmp_path)
    before = contents(service)
    for each in EDITS:
        assert len(missing(before, each)) == len(each.keep), each.name
    for each in EDITS:
        each.apply(service)
    after = contents(service)
    assert [each.name for each in EDITS if missing(after, each)] == []


def test_an_edit_that_does_not_match_is_rejected(tmp_path: Path) -> None:
    twice = Edit("twice", "own code", "file", (), find="a")
    with pytest.raises(ValueError, match="should be there"):
        twice.apply(tmp_path)
    (tmp_path / "file").write_text("aa", encoding="utf-8")
    with pytest.raises(ValueError, match="doesn't occur once"):
        twice.apply(tmp_path)


@exhaustive.MARK
def test_an_unedited_service_needs_no_manual_work(unchecked_releases: Path, tmp_path: Path) -> None:
    updated = update(service_of(unchecked_releases, tmp_path))
    assert (updated.conflicts, updated.leftovers) == ((), ())


@exhaustive.MARK
def test_the_kit_differs_from_the_release_only_by_the_edits(edited: Updated) -> None:
    different = {PurePosixPath(each.path) for each in differences(edited.folder)}
    modules = {place_of(each.path) for each in EDITS}
    # This test replaces the module that verifies an update.
    assert different - modules == {PurePosixPath("kit/src/aws_service_kit/update/verification.py")}
    assert differences(edited.folder) != []


@exhaustive.MARK
def test_no_edit_is_lost_and_most_merge_automatically(
    edited: Updated, capsys: pytest.CaptureFixture[str]
) -> None:
    there = contents(edited.folder)
    lost = {each.name: texts for each in EDITS if (texts := missing(there, each))}
    listed = {each.name: places for each in EDITS if (places := edited.listed(each))}
    numbers = {"edits": len(EDITS), "merged": len(EDITS) - len(listed), "listed": len(listed)}
    with capsys.disabled():
        print(f"\n{numbers}", *listed.items(), sep="\n")  # noqa: T201 - the numbers
    assert lost == {}
    assert 1 - len(listed) / len(EDITS) >= UNAIDED, listed


@exhaustive.MARK
def test_moved_files_do_not_return_to_their_former_paths(edited: Updated) -> None:
    """Copier doesn't touch the team's files at their former paths either."""
    relocated = tomllib.loads((ROOT / "template" / MANIFEST).read_text(encoding="utf-8"))
    old = [*map(str, RENAMED), *relocated["relocated"]]
    former = [path for path in old if not (ROOT / "template" / path).exists()]
    assert [path for path in former if (edited.folder / path).exists()] == []


@exhaustive.MARK
def test_edits_of_whole_files_apply_at_their_new_paths(edited: Updated) -> None:
    kit = edited.folder / "kit"
    assert (kit / "src/aws_service_kit/operations/previews.py").stat().st_mode & 0o100
    assert not (kit / "guides/second-table.md").exists()
    assert (kit / "guides/second-queue.md").exists()


@exhaustive.MARK
def test_checks_pass_and_no_resource_changes(releases: Path, tmp_path: Path) -> None:
    """With the service's commands and checks; the team declares its patches on the way."""
    service = service_of(releases, tmp_path)
    for each in EDITS:
        each.apply(service)
    for name, texts in ADAPTED.items():
        edit(service, f"tests/infrastructure/stacks/{name}", *texts)
    assert_runs(service, "setup")
    assert_runs(service, "format")
    commit_all(service, "The team's work")

    stopped = dev(service, "update", "--defaults")
    assert stopped.returncode == WORK_LEFT, stopped.stdout
    assert {each.path for each in EDITS if each.kind == "patched test"} <= {*decide(service)}
    undeclared = dev(service, "update", "--continue")
    assert undeclared.returncode == WORK_LEFT, undeclared.stdout
    found = [("C2.kit", each.name) for each in differences(service / TREE)]
    assert any(f"{name}: was changed" in undeclared.stdout for _, name in found)
    until = datetime.datetime.now(tz=datetime.UTC).date() + datetime.timedelta(days=30)
    waivers = "".join(WAIVER.format(*each, until) for each in (*found, *FAULTS))
    (service / TREE / "guidelines.toml").write_text(waivers, encoding="utf-8")
    said = assert_runs(service, "update", "--continue")

    assert "None is added, changed or removed." in said
