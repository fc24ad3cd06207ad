"""Random edits of a team, and a check that they survive an update."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from aws_service_kit.update.git import Git
from aws_service_kit.update.merge import Merged, keep_ours, merge
from aws_service_kit.update.migrations import on_both_sides
from aws_service_kit.update.pristine import Pristine
from aws_service_kit.update.release import Migration, Release, numbers
from aws_service_kit.update.relevant_changes import RelevantChanges, revise
from aws_service_kit.update.service import ServiceCheckout, inspect

from tests.programs import ROOT, commit_all, git
from tests.team_services import begin
from tests.test_ownership import key_of, owners

Entry = tuple[str, str]
Tree = dict[str, Entry]
BRANCH = "template-update"
Merging = Callable[[ServiceCheckout, RelevantChanges], Merged]


@dataclass(frozen=True)
class Edit:
    """An edit of a file of the template.

    Attributes:
        path: The file.
        change: A key of `CHANGES`.
    """

    path: str
    change: str

    def apply(self, service: Path) -> None:
        """Make the edit, unless an earlier one has deleted the file."""
        if (service / self.path).is_file():
            CHANGES[self.change](service / self.path)


def _insert(place: Callable[[int], int]) -> Callable[[Path], None]:
    def edit(file: Path) -> None:
        lines = file.read_bytes().splitlines(keepends=True)
        lines.insert(place(len(lines)), f"# Ours: {file.name}.\n# In two lines.\n".encode())
        file.write_bytes(b"".join(lines))

    return edit


def _change_a_line(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    if lines:
        middle = len(lines) // 2
        lines[middle] = lines[middle].rstrip() + b" # Ours.\n"
        file.write_bytes(b"".join(lines))


def _reformat(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"    ", b"\t").replace(b", ", b","))


def _rename(file: Path) -> None:
    file.rename(file.with_name(f"our_{file.name}"))


def _make_executable(file: Path) -> None:
    file.chmod(0o755)


def _copy_next_to_it(file: Path) -> None:
    shutil.copy(file, file.with_name(f"copy_of_{file.name}"))


def _make_binary(file: Path) -> None:
    file.write_bytes(b"\0\xff" + file.read_bytes())


CHANGES: Mapping[str, Callable[[Path], None]] = {
    "block at the start": _insert(lambda _: 0),
    "block in the middle": _insert(lambda count: count // 2),
    "block at the end": _insert(lambda count: count),
    "line changed": _change_a_line,
    "reformatted": _reformat,
    "renamed": _rename,
    "deleted": Path.unlink,
    "made executable": _make_executable,
    "second file": _copy_next_to_it,
    "made binary": _make_binary,
}


@dataclass(frozen=True)
class SurvivalResult:
    """The result of an update of an edited service.

    Attributes:
        losses: Lost edits, and lost changes of the template.
        merged: The updater's result.
        edited: Number of files that the team had changed.
    """

    losses: list[str]
    merged: Merged
    edited: int


def survive(
    pristine: Pristine, edits: Iterable[Edit], folder: Path, merging: Merging = merge
) -> SurvivalResult:
    """Create a service, edit it, update it, and compare every file with the expected content.

    Args:
        pristine: The service as the template renders it; it isn't changed.
        edits: The team's edits.
        folder: An empty folder.
        merging: The tested merge.
    """
    copy = shutil.copytree(pristine.folder, folder / "pristine", symlinks=True)
    template = replace(pristine, folder=copy, home=copy)
    service = folder / "service"
    git(folder, "clone", "--quiet", "--no-checkout", template.folder, service)
    git(service, "checkout", "--quiet", template.base)
    shutil.rmtree(service / ".git")
    begin(service)
    for edit in edits:
        edit.apply(service)
    if git(service, "status", "--porcelain"):
        commit_all(service, "The team's work")
    return take(service, template, folder / "tree", merging)


def take(service: Path, pristine: Pristine, tree: Path, merging: Merging = merge) -> SurvivalResult:
    """Update a service on a branch, and compare every file with the expected content.

    Args:
        service: A clean repository.
        pristine: The service as the template renders it.
        tree: The work tree of the branch; it must not exist.
        merging: The tested merge.
    """
    inspected = inspect(service).branch_off(tree, BRANCH)
    noted = added_lines(tree)
    _, pristine = on_both_sides(tree, pristine, programs(pristine))
    start = git(tree, "rev-parse", "HEAD").strip()
    lost = noted - added_lines(tree)
    revision = revise(inspected, pristine)
    merged = merging(inspected, revision)
    result = _compare(start, revision, tree, merged)
    return replace(result, losses=[*result.losses, *(f"a program lost {line!r}" for line in lost)])


def programs(pristine: Pristine) -> list[Migration]:
    """Return the programs that an update runs on both sides before the merge."""
    release = Release.read(ROOT)
    assert release is not None
    before, after = numbers(pristine.before), numbers(pristine.after)
    return [
        each
        for each in release.migrations
        if each.before_merge and before < numbers(each.release) <= after
    ]


def added_lines(tree: Path) -> Counter[bytes]:
    """Return the count of lines that edits have added, in any file."""
    files = (tree / path for path in git(tree, "ls-files", "-z").split("\0") if path)
    added = re.compile(rb"# Ours\b.*")
    return Counter(
        line for file in files if file.is_file() for line in added.findall(file.read_bytes())
    )


def resolve(service: Path, tree: Path) -> None:
    """Resolve every conflict for the team, and merge the branch."""
    keep_ours(Git(tree))
    if git(tree, "status", "--porcelain"):
        commit_all(tree, "Update")
    git(service, "merge", "--quiet", "--ff-only", BRANCH)
    git(service, "worktree", "remove", "--force", tree)
    git(service, "branch", "--quiet", "--delete", BRANCH)


def _compare(start: str, revision: RelevantChanges, tree: Path, merged: Merged) -> SurvivalResult:
    ours, base, theirs = (
        tree_of(git(folder, "ls-tree", "-r", "-z", "--full-tree", commit))
        for folder, commit in (
            (tree, start),
            (revision.folder, revision.base),
            (revision.folder, revision.target),
        )
    )
    for before, after in revision.moved.items():
        ours[after] = ours.pop(before)
    result = tree_of(git(tree, "ls-files", "--stage", "-z"), stages=True)
    keys = owners()
    losses = []
    for path in sorted({*ours, *base, *theirs, *result}):
        our, old, their = ours.get(path), base.get(path), theirs.get(path)
        owned = keys.get(key_of(path, keys) or "") == "service"
        if path in merged.conflicts:
            if owned or old in {our, their} or our == their:
                losses.append(f"{path}: an unnecessary conflict")
            continue
        found = result.get(path)
        if (owned and (our or old) and found != our) or not _is_merged(
            found, our, old, their, lambda entry: _lines(tree, entry)
        ):
            losses.append(f"{path}: {our} and {their} over {old} gave {found}")
    edited = sum(ours.get(path) != base.get(path) for path in {*ours, *base})
    return SurvivalResult(losses, merged, edited)


def _is_merged(
    found: Entry | None,
    ours: Entry | None,
    base: Entry | None,
    theirs: Entry | None,
    lines: Callable[[Entry], list[str]],
) -> bool:
    """Return whether a file equals the result of a three-way merge."""
    if theirs in {base, ours}:
        return found == ours
    if ours == base:
        return found == theirs
    if ours is None:
        return found is None
    if found is None or theirs is None or base is None:
        return False
    modes = {ours[0], theirs[0]} - {base[0]} or {base[0]}
    result = lines(found)
    return found[0] in modes and all(
        line in result for side in (ours, theirs) for line in _added(lines(base), lines(side))
    )


def _added(before: list[str], after: list[str]) -> Counter[str]:
    return Counter(after) - Counter(before)


def _lines(tree: Path, entry: Entry) -> list[str]:
    command = ("git", "cat-file", "blob", entry[1])
    # An edited file may contain any bytes.
    blob = subprocess.run(command, cwd=tree, check=True, capture_output=True).stdout
    return blob.decode("latin-1").splitlines()


def tree_of(listing: str, *, stages: bool = False) -> Tree:
    entries: Tree = {}
    for line in filter(None, listing.split("\0")):
        facts, path = line.split("\t", 1)
        mode, middle, last = facts.split()
        entries[path] = (mode, middle if stages else last)
    return entries
