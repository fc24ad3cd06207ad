"""With any edits of a team and any changes of the template, no edit is lost silently."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aws_service_kit.update.merge import Merged, merge
from aws_service_kit.update.pristine import Pristine, render
from aws_service_kit.update.relevant_changes import RelevantChanges
from aws_service_kit.update.service import ServiceCheckout, inspect
from aws_service_kit.update.tree_entries import entries_of
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests import exhaustive
from tests.answers import ANSWER_SETS
from tests.combinations import ALL_STACKS
from tests.edit_survival import BRANCH, CHANGES, Edit, resolve, survive, take
from tests.programs import commit_all, git
from tests.releases import HERE, RELEASES, UPDATES_FROM, commit_of
from tests.team_services import begin, generate
from tests.test_ownership import key_of, owners
from tests.test_updater import NEXT, PROGRAM, templates

__all__ = ["templates"]

API: list[str] = ["api"]
NOTHING: list[str] = []
EVERYTHING = list(ALL_STACKS)
# More, and of all updates: UPDATE_EXAMPLES=500 python3 dev.py pytest tests/test_update_survival.py
EXAMPLES = int(os.environ.get("UPDATE_EXAMPLES", "5"))
OLDEST = f"v{UPDATES_FROM}"
VERSIONS = [f"v{version}" for version in RELEASES[: RELEASES.index(UPDATES_FROM) + 1]]
SUPPORTED = [f"v{version}" for version in RELEASES[RELEASES.index(UPDATES_FROM) :]]
# From version and stacks to version and stacks.
UPDATES = {
    **{f"{old} to {new}": (old, API, new, API) for old, new in itertools.pairwise(VERSIONS)},
    **{f"{old} to this": (old, API, HERE, API) for old in SUPPORTED},
    f"{OLDEST} to a later one": (OLDEST, API, NEXT, API),
    "this to a later one": (HERE, API, NEXT, API),
    "all stacks on": (HERE, NOTHING, NEXT, EVERYTHING),
    "all stacks off": (HERE, EVERYTHING, NEXT, NOTHING),
}
QUICK = ["all stacks on"]
DRAWN = sorted(UPDATES) if "UPDATE_EXAMPLES" in os.environ else QUICK


@pytest.fixture(scope="session")
def pristine(
    templates: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Pristine]:
    """Return a function with the renderings of an unedited service for each update, cached."""
    made: dict[str, Pristine] = {}

    def make(name: str) -> Pristine:
        if name not in made:
            version, before, later, after = UPDATES[name]
            folder = tmp_path_factory.mktemp("update")
            service = generate(templates, version, folder / "service", {"stacks": before})
            stacks = f"stacks=[{', '.join(after)}]"
            options = ("--defaults", f"--vcs-ref={later}", "--data", stacks)
            made[name] = render(inspect(service), folder / "pristine", options)
        return made[name]

    return make


def classes_of(pristine: Pristine) -> dict[str, list[str]]:
    """Group a service's paths by owner, and by whether the update changes them."""
    keys, changed = owners(), set(pristine.changed())
    listed = pristine.git.names("ls-tree", "-r", "--name-only", "-z", pristine.base)
    found: dict[str, list[str]] = {}
    for path in listed:
        if path != ".copier-answers.yml":
            owner = keys.get(key_of(path, keys) or "", "retired")
            what = "changed" if path in changed else "left alone"
            found.setdefault(f"{owner}, {what}", []).append(path)
    return found


@pytest.mark.parametrize("update", exhaustive.all_but(QUICK, UPDATES))
def test_every_type_of_edit_of_every_class_of_path_survives(
    pristine: Callable[[str], Pristine], update: str, tmp_path: Path
) -> None:
    """A service with all edits, each in other files if there are enough."""
    if commit_of(UPDATES[update][0].removeprefix("v")) is None and UPDATES[update][0] != HERE:
        pytest.skip("this clone's history lacks the release: git fetch --unshallow")
    edits = []
    for paths in classes_of(pristine(update)).values():
        edits += [Edit(path, change) for path, change in zip(paths, itertools.cycle(CHANGES))]
    result = survive(pristine(update), edits, tmp_path)
    assert result.losses == []
    assert result.edited > len(CHANGES)


@settings(max_examples=EXAMPLES, deadline=None, print_blob=True)
@given(data=st.data())
def test_random_edits_survive(
    pristine: Callable[[str], Pristine],
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
) -> None:
    update = data.draw(st.sampled_from(DRAWN))
    classes = classes_of(pristine(update))
    path = st.one_of([st.sampled_from(paths) for paths in classes.values()])
    edit = st.builds(Edit, path, st.sampled_from(sorted(CHANGES)))
    edits = data.draw(st.lists(edit, min_size=1, max_size=12))
    result = survive(pristine(update), edits, tmp_path_factory.mktemp("team"))
    event(f"{update}: {'conflicts' if result.merged.conflicts else 'clean'}")
    assert result.losses == []


def _clone(*options: str) -> Callable[[Path, Path], Path]:
    def clone(service: Path, folder: Path) -> Path:
        git(service, "config", "uploadpack.allowFilter", "true")
        git(folder, "clone", "--quiet", *options, f"file://{service}", "clone")
        return folder / "clone"

    return clone


def _tag_like_branches(service: Path, _: Path) -> Path:
    for name in ("main", BRANCH):
        git(service, "tag", name, "HEAD~1")
    return service


def _check_a_part_out(service: Path, _: Path) -> Path:
    git(service, "sparse-checkout", "set", "--no-cone", "/*", "!/docs/", "!/.github/")
    assert not (service / "docs").exists()
    return service


def _link_a_worktree(service: Path, folder: Path) -> Path:
    git(service, "worktree", "add", "--quiet", "-b", "other", folder / "linked")
    return folder / "linked"


def _move(name: str) -> Callable[[Path, Path], Path]:
    return lambda service, folder: service.rename(folder / name)


def _forget_modes(service: Path, _: Path) -> Path:
    git(service, "config", "core.fileMode", "false")
    (service / PROGRAM).chmod(0o600)
    return service


# States of repositories, each with the report of a program that failed with it.
SHAPES: dict[str, Callable[[Path, Path], Path]] = {
    "shallow": _clone("--depth=1"),
    "partial": _clone("--filter=blob:none"),
    "tags": _tag_like_branches,
    "sparse": _check_a_part_out,
    "worktree": _link_a_worktree,
    "name": _move("Serviço [1] 100% a'b & $c #d ~"),
    "dash": _move("-service."),
    "without modes": _forget_modes,
}


@pytest.mark.parametrize("shape", exhaustive.all_but(["shallow"], SHAPES))
def test_an_update_works_in_a_repository_of_any_shape(
    pristine: Callable[[str], Pristine], shape: str, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    made = pristine("all stacks on")
    service = folder / "service"
    git(folder, "clone", "--quiet", "--no-checkout", made.folder, service)
    git(service, "checkout", "--quiet", made.base)
    shutil.rmtree(service / ".git")
    begin(service)
    shipped = entries_of(made.git, made.base)
    changed = [path for path in made.changed() if path in shipped and path.endswith(".py")]
    Edit(changed[0], "block at the end").apply(service)
    commit_all(service, "The team's work")
    service = SHAPES[shape](service, folder)
    before = git(service, "status", "--porcelain"), git(service, "rev-parse", "HEAD")
    copy = shutil.copytree(made.folder, folder / "pristine", symlinks=True)

    result = take(service, replace(made, folder=copy, home=copy), folder / "tree")

    assert result.losses == []
    assert result.edited == 1
    listed = git(folder / "tree", "ls-files", "--stage", PROGRAM)
    assert listed.startswith("100755 "), "a change of only the mode is a change"
    assert (git(service, "status", "--porcelain"), git(service, "rev-parse", "HEAD")) == before


STACKS = st.lists(st.sampled_from(ALL_STACKS), unique=True)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[str], list[list[str]], dict[str, object]]:
    """Draw successive versions, the stacks at each, and answers."""
    versions = [version for version in VERSIONS[:-1] if draw(st.booleans())]
    versions = [*versions, OLDEST, *([HERE] if draw(st.booleans()) else []), NEXT, NEXT]
    before, after = draw(STACKS), draw(STACKS)
    stacks = list(itertools.islice(itertools.cycle([before, after]), len(versions)))
    answers = draw(st.sampled_from(["defaults", "hostile", "longest", "environments", "oldest"]))
    return versions, stacks, dict(ANSWER_SETS[answers])


@exhaustive.MARK
@settings(max_examples=max(1, EXAMPLES // 20), deadline=None, print_blob=True)
@given(history=histories(), data=st.data())
def test_random_edits_survive_several_updates(
    templates: Path,
    tmp_path_factory: pytest.TempPathFactory,
    history: tuple[list[str], list[list[str]], dict[str, object]],
    data: st.DataObject,
) -> None:
    versions, stacks, answers = history
    folder = tmp_path_factory.mktemp("life")
    service = generate(templates, versions[0], folder / "service", {**answers, "stacks": stacks[0]})
    for number, (version, chosen) in enumerate(zip(versions[1:], stacks[1:], strict=True)):
        paths = st.sampled_from(git(service, "ls-files", "-z").rstrip("\0").split("\0"))
        edited = paths.filter(lambda path: path != ".copier-answers.yml")
        edits = st.lists(st.builds(Edit, edited, st.sampled_from(sorted(CHANGES))), max_size=12)
        for edit in data.draw(edits):
            edit.apply(service)
        if git(service, "status", "--porcelain"):
            commit_all(service, "The team's work")
        options = ("--defaults", f"--vcs-ref={version}", "--data", f"stacks=[{', '.join(chosen)}]")
        pristine = render(inspect(service), folder / f"pristine-{number}", options)
        tree = folder / f"tree-{number}"
        assert take(service, pristine, tree).losses == []
        resolve(service, tree)


@pytest.mark.parametrize("path", ["kit/src/aws_service_kit/constructs/function.py", "README.md"])
def test_a_lost_edit_is_found(
    pristine: Callable[[str], Pristine], path: str, tmp_path: Path
) -> None:
    """The comparison is tested with a merge that takes the template's side."""

    def careless(service: ServiceCheckout, revision: RelevantChanges) -> Merged:
        merged = merge(service, revision)
        git(service.git.folder, "checkout", revision.target, "--", path)
        return merged

    edits = [Edit(path, "block at the end")]
    result = survive(pristine("all stacks on"), edits, tmp_path, careless)
    assert [loss.partition(":")[0] for loss in result.losses] == [path]
