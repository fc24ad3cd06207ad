"""Unexpected entries of git trees, in place of every class of path.

An update keeps entries of the team, lists those that it couldn't merge, and leaves no other files.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import copier
import pytest
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.migrations import MIGRATIONS_FILE, Report
from aws_service_kit.update.migrations import run as run_migrations
from aws_service_kit.update.release import Migration
from aws_service_kit.update.service import inspect
from aws_service_kit.update.summary import sections

from tests import exhaustive
from tests.edit_survival import Entry, Tree, tree_of
from tests.laptop_settings import PACKAGE, copy_updater
from tests.programs import commit_all, git, run
from tests.team_services import begin, export, publish
from tests.test_updater import state

RELEASES = OLD, NEW, LATER = ("v1.0.0", "v2.0.0", "v3.0.0")
REJECTED, WORK_LEFT = 1, 3
SUMMARY = Path(".cache", "update", "summary.md")
LINES = [f"Line {number}.\n" for number in range(30)]
ENTRIES: dict[str, Callable[[Path], None]] = {}
FILE, OTHER = "file.txt", "other.txt"
# The files of a folder in each release of the template, with a word of their content.
CLASSES: dict[str, tuple[dict[str, str], ...]] = {
    "changed": ({FILE: "one"}, {FILE: "two"}, {FILE: "three"}),
    "removed": ({FILE: "one"}, {}, {}),
    "added": ({}, {FILE: "two"}, {FILE: "three"}),
    "moved": ({FILE: "one"}, {OTHER: "two"}, {OTHER: "three"}),
    "answers": ({FILE: "{{ word }} one"}, {FILE: "{{ word }} two"}, {FILE: "{{ word }} three"}),
    "scaffold": ({FILE: "one"}, {FILE: "two"}, {FILE: "three"}),
    "own": ({}, {}, {}),
}
# Service-owned, so an update doesn't change or list it.
TEAMS = {"scaffold", "own"}
# Unedited for git, since it compares normalized content.
NORMALIZED = {"filtered", "carriage returns, eol=crlf"}
QUESTIONS = """\
_subdirectory: template
_templates_suffix: .jinja
word:
  type: str
  default: word
"""
ANSWERS = "{{ _copier_answers | to_nice_yaml }}"
OWNERSHIP = '[paths]\n"scaffold/" = "service"\n"own/" = "service"\n'
RELEASE = """\
release = "{version}"
updates_from = "1.0.0"

[updater]
path = "updater/kit/src"
module = "aws_service_kit.update.updater"
"""
# The service's checks read files in its submodules.
VERIFICATION = '''"""Read the files that a service names."""

from pathlib import Path

from aws_service_kit.update.errors import UpdateError

def set_up(home: Path) -> None:
    """Set nothing up."""

def put_in_order(home: Path) -> None:
    """Leave the order as it is."""

def differences(root: Path, home: Path, folder: Path) -> list[object]:
    return []

def check(home: Path) -> None:
    for name in (home / "needed.txt").read_text(encoding="utf-8").splitlines():
        if not (home / name).is_file():
            raise UpdateError(f"{name} is missing.")
'''
LISTED = re.compile(r"^- `(.+?)`: ", re.MULTILINE)
MOVES = re.compile(r"^- `(.+?)` was moved to `(.+?)`, ", re.MULTILINE)
# The file of a submodule that the checks read.
INNER = {
    "submodule": f"{FILE}/inner.txt",
    "submodule for a folder": "inner.txt",
    "nested repository": f"{FILE}/inner.txt",
}
Place = Callable[[Path], None]


# ==================================================================================================
# The entries
# ==================================================================================================


def entry(name: str) -> Callable[[Place], Place]:
    """Register a function that replaces a file, if it exists, with an entry."""

    def register(place: Place) -> Place:
        ENTRIES[name] = place
        return place

    return register


def _clear(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_dir():
        shutil.rmtree(file)
    file.unlink(missing_ok=True)
    return file


def _repository(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "inner.txt").write_text("Ours.\n", encoding="utf-8")
    begin(folder)


@entry("submodule")
def _submodule(file: Path) -> None:
    _add_submodule(_clear(file))


@entry("submodule for a folder")
def _submodule_for_a_folder(file: Path) -> None:
    shutil.rmtree(file.parent, ignore_errors=True)
    _add_submodule(file.parent)


def _add_submodule(place: Path) -> None:
    top = next(folder for folder in place.parents if (folder / ".git").exists())
    library = top.parent / "library"
    if not library.exists():
        _repository(library)
    protocol = ("-c", "protocol.file.allow=always")
    options = ("--quiet", "--force", "--name", str(place.relative_to(top)).replace("/", "-"))
    git(top, "rm", "-r", "--quiet", "--cached", "--ignore-unmatch", place)
    git(top, *protocol, "submodule", "add", *options, library, place.relative_to(top))


@entry("nested repository")
def _nested_repository(file: Path) -> None:
    _repository(_clear(file))


@entry("link to a file")
def _link_to_a_file(file: Path) -> None:
    (_clear(file).parent / "target.txt").write_text("Ours.\n", encoding="utf-8")
    file.symlink_to("target.txt")


@entry("link to a folder")
def _link_to_a_folder(file: Path) -> None:
    (_clear(file).parent / "target").mkdir()
    (file.parent / "target/inner.txt").write_text("Ours.\n", encoding="utf-8")
    file.symlink_to("target")


@entry("link to nothing")
def _link_to_nothing(file: Path) -> None:
    _clear(file).symlink_to("nothing")


@entry("link for a folder")
def _link_for_a_folder(file: Path) -> None:
    shutil.rmtree(file.parent, ignore_errors=True)
    target = file.parent.with_name(f"{file.parent.name}-target")
    target.mkdir(parents=True)
    (target / file.name).write_text("Ours.\n", encoding="utf-8")
    file.parent.symlink_to(target.name)


@entry("folder for a file")
def _folder_for_a_file(file: Path) -> None:
    _clear(file).mkdir()
    (file / "inner.txt").write_text("Ours.\n", encoding="utf-8")


@entry("file for a folder")
def _file_for_a_folder(file: Path) -> None:
    shutil.rmtree(file.parent, ignore_errors=True)
    file.parent.parent.mkdir(parents=True, exist_ok=True)
    file.parent.write_text("Ours.\n", encoding="utf-8")


@entry("executable")
def _executable(file: Path) -> None:
    if not file.is_file():
        _clear(file).write_text("Ours.\n", encoding="utf-8")
    file.chmod(0o755)


@entry("empty")
def _empty(file: Path) -> None:
    _clear(file).touch()


@entry("other case")
def _other_case(file: Path) -> None:
    _clear(file).with_name("FILE.txt").write_text("Ours.\n", encoding="utf-8")


@entry("binary")
def _binary(file: Path) -> None:
    _clear(file).write_bytes(bytes(range(256)) * 40_000)


@entry("filtered")
def _filtered(file: Path) -> None:
    """As with Git LFS, the committed content differs from the working tree."""
    if not file.is_file():
        _clear(file).write_text("Ours.\n", encoding="utf-8")
    (file.parent / ".gitattributes").write_text("*.txt filter=test -text\n", encoding="utf-8")


@entry("pointer")
def _pointer(file: Path) -> None:
    """As with Git LFS if it isn't installed, so that its filter is unknown."""
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    _clear(file).write_text(text, encoding="utf-8")
    attributes = "*.txt filter=lfs diff=lfs merge=lfs -text\n"
    (file.parent / ".gitattributes").write_text(attributes, encoding="utf-8")


@entry("carriage returns, -text")
def _carriage_returns(file: Path) -> None:
    _carriage_returned(file, "-text")


@entry("carriage returns, eol=crlf")
def _end_of_line(file: Path) -> None:
    _carriage_returned(file, "text eol=crlf")


def _carriage_returned(file: Path, attributes: str) -> None:
    text = file.read_bytes() if file.is_file() else b"Ours.\n"
    _clear(file).write_bytes(text.replace(b"\n", b"\r\n"))
    (file.parent / ".gitattributes").write_text(f"*.txt {attributes}\n", encoding="utf-8")


@entry("ignored file")
def _ignored_file(file: Path) -> None:
    _ignore(file)
    _clear(file).write_text("Ours.\n", encoding="utf-8")


@entry("ignored folder")
def _ignored_folder(file: Path) -> None:
    _ignore(file)
    _folder_for_a_file(file)


@entry("ignored link to nothing")
def _ignored_link(file: Path) -> None:
    _ignore(file)
    _link_to_nothing(file)


@entry("ignored file for a folder")
def _ignored_file_for_a_folder(file: Path) -> None:
    _ignore(file.parent)
    _file_for_a_folder(file)


@entry("ignored repository")
def _ignored_repository(file: Path) -> None:
    _ignore(file)
    _nested_repository(file)


def _ignore(place: Path) -> None:
    top = next(folder for folder in place.parents if (folder / ".git").exists())
    git(top, "rm", "-r", "--quiet", "--cached", "--ignore-unmatch", place)
    with (top / ".git/info/exclude").open("a", encoding="utf-8") as exclude:
        exclude.write(f"/{place.relative_to(top)}\n")


# ==================================================================================================
# A template, and a service with all of them
# ==================================================================================================


def folder_of(owner: str, name: str) -> str:
    """Return the folder of a service for an entry and a class of path."""
    return f"{owner}/{name.replace(' ', '-').replace(',', '')}"


CASES = {f"{name}, {owner}": (owner, name) for owner in CLASSES for name in ENTRIES}
MOVED = "".join(
    f'"{folder}/{FILE}" = "{folder}/{OTHER}"\n'
    for folder in (folder_of("moved", name) for name in ENTRIES)
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small template with three releases and this repository's updater."""
    clone = tmp_path_factory.mktemp("small") / "template"
    clone.mkdir()
    git(clone, "init", "--quiet", "--initial-branch=main")
    copy_updater(clone / "updater")
    shipped = clone / "template"
    for number, version in enumerate(RELEASES):
        shutil.rmtree(shipped, ignore_errors=True)
        for owner, name in CASES.values():
            for file, word in CLASSES[owner][number].items():
                path = shipped / folder_of(owner, name) / file
                path.parent.mkdir(parents=True, exist_ok=True)
                suffix = ".jinja" if owner == "answers" else ""
                text = "".join([*LINES, f"{word}\n", *LINES])
                path.with_name(f"{path.name}{suffix}").write_text(text, encoding="utf-8")
        moved = f"[moved]\n{MOVED}" if number else ""
        publish(
            clone,
            version,
            **{
                "copier.yml": QUESTIONS,
                "migrations/release.toml": RELEASE.format(version=version[1:]),
                f"updater/{PACKAGE}/update/verification.py": VERIFICATION,
                "template/{{ _copier_conf.answers_file }}.jinja": ANSWERS,
                "template/tooling/ownership.toml": OWNERSHIP + moved,
                "CHANGELOG.md": f"# Changes\n\n## {version[1:]} - 2099\n",
            },
        )
    return clone


def make(template: Path, service: Path, cases: Iterable[tuple[str, str]]) -> Path:
    """Create a service of the first release, and replace files with entries."""
    copier.run_copy(str(template), service, vcs_ref=OLD, defaults=True, quiet=True)
    (service / ".gitignore").write_text(".cache/\n", encoding="utf-8")
    begin(service)
    git(service, "config", "filter.test.clean", "tr a-z A-Z")
    git(service, "config", "filter.test.smudge", "cat")
    needed = ""
    for owner, name in cases:
        ENTRIES[name](service / folder_of(owner, name) / FILE)
        needed += f"{folder_of(owner, name)}/{INNER[name]}\n" if name in INNER else ""
    (service / "needed.txt").write_text(needed, encoding="utf-8")
    git(service, "add", "--all")
    git(service, "add", "--renormalize", ".")
    commit_all(service, "The team's work")
    return service


def update(service: Path, template: Path, version: str, *options: str) -> CompletedProcess[str]:
    """Run the updater of a release, as the launcher does."""
    git(template, "checkout", "--quiet", version)
    path = os.pathsep.join([str(template / "updater/kit/src"), str(template)])
    command = (sys.executable, "-P", "-m", "aws_service_kit.update.updater", "--root", service)
    variables = {**os.environ, "PYTHONPATH": path}
    return run(service, *command, "--template", template, *options, environment=variables)


@dataclass(frozen=True)
class Update:
    """An update that was committed as a draft and merged.

    Attributes:
        run: The updater's run.
        left: Remaining names in its folder, and the number of working trees.
        summary: Its summary.
        ours: The service before the update.
        base: The former rendering of the template.
        theirs: The present rendering of the template.
        found: The service after the update.
        ignored: Ignored files before and after the update.
        service: The service's folder.
        template: The template's folder.
    """

    run: CompletedProcess[str]
    left: tuple[list[str], int]
    summary: str
    ours: Tree
    base: Tree
    theirs: Tree
    found: Tree
    ignored: tuple[dict[str, object], dict[str, object]]
    service: Path
    template: Path


def take(service: Path, template: Path, before: str, version: str) -> Update:
    """Update to a release as a draft, and merge it."""
    ours, ignored = tree(service), ignored_in(service)
    done = update(service, template, version, "--defaults", "--draft")
    left = sorted(path.name for path in (service / SUMMARY).parent.iterdir())
    worktrees = git(service, "worktree", "list").count("\n")
    git(service, "merge", "--quiet", "--ff-only", f"template-update-{version[1:]}")
    git(service, "branch", "--quiet", "--delete", f"template-update-{version[1:]}")
    return Update(
        run=done,
        left=(left, worktrees),
        summary=(service / SUMMARY).read_text(encoding="utf-8"),
        ours=ours,
        base=rendered(template, before),
        theirs=rendered(template, version),
        found=tree(service),
        ignored=(ignored, ignored_in(service)),
        service=service,
        template=template,
    )


def tree(folder: Path, commit: str = "HEAD") -> Tree:
    """Return the entries of a commit."""
    return tree_of(git(folder, "ls-tree", "-r", "-z", "--full-tree", commit))


def rendered(template: Path, version: str) -> Tree:
    """Return the entries that a release renders."""
    shipped = tree(template, f"{version}:template")
    return {path.removesuffix(".jinja"): entry for path, entry in shipped.items()}


def ignored_in(service: Path) -> dict[str, object]:
    """Return the content of ignored files, except for the updater's folder."""
    listed = git(service, "ls-files", "--others", "-z", "--", *CLASSES).split("\0")
    names = [name.rstrip("/") for name in listed if name]
    return {
        name: path.readlink() if path.is_symlink() else _content(path)
        for name in names
        for path in [service / name]
    }


def _content(path: Path) -> bytes:
    return (path / "inner.txt" if path.is_dir() else path).read_bytes()


@pytest.fixture(scope="module")
def updates(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Update]:
    """Two updates of a service with every entry in place of every class of path."""
    service = make(template, tmp_path_factory.mktemp("all") / "service", CASES.values())
    return {
        "first": take(service, template, OLD, NEW),
        "second": take(service, template, NEW, LATER),
    }


# ==================================================================================================
# Results
# ==================================================================================================


@pytest.mark.parametrize("which", exhaustive.all_but(["first"], ["first", "second"]))
def test_a_draft_ends_as_documented(updates: dict[str, Update], which: str) -> None:
    taken = updates[which]
    assert taken.run.returncode == WORK_LEFT, taken.run.stdout
    assert taken.run.stdout.count("error: ") == 1
    assert "is a draft: conflicts; see the summary." in taken.run.stdout, "the checks fail"
    assert taken.left == (["summary.md"], 1)
    assert git(taken.service, "status", "--porcelain") == ""


@pytest.mark.parametrize("which", ["first", "second"])
@pytest.mark.parametrize(("owner", "name"), CASES.values(), ids=CASES)
def test_nothing_is_lost_and_nothing_is_left_over(
    updates: dict[str, Update], which: str, owner: str, name: str
) -> None:
    taken, folder = updates[which], folder_of(owner, name)
    ours, base, theirs, found = (
        {path: entry for path, entry in side.items() if _is_in(path, folder)}
        for side in (taken.ours, taken.base, taken.theirs, taken.found)
    )
    for old, new in MOVES.findall(taken.summary):
        if old in ours:
            ours[new], base[new] = ours.pop(old), base.pop(old)
    listed = LISTED.findall(taken.summary)

    assert found.keys() <= ours.keys() | theirs.keys(), "other files are left"
    before, after = taken.ignored
    assert before == after, "an ignored file was changed"
    for path in ours.keys() | theirs.keys():
        our, old, their, now = (side.get(path) for side in (ours, base, theirs, found))
        if owner in TEAMS:
            assert (now, path in listed) == (our, False)
        elif now == our:
            assert their in {our, old} or path in listed, f"{path} isn't listed"
        elif our is None or now is None:
            assert (now, old) == (their, None if our is None else old), path
            assert our in {None, old} or name in NORMALIZED, f"{path} is lost"
        else:
            assert now[0] == our[0], f"{path} has another mode"
            was, new = (_lines(taken.template, side) for side in (old, their))
            mine, lines = (_lines(taken.service, side) for side in (our, now))
            assert (mine - (was - new)) | (new - was) <= lines, f"{path} lacks lines"


def _is_in(path: str, folder: str) -> bool:
    """Return whether a path belongs to a case; the target of a link is next to it."""
    return path == folder or path.startswith((f"{folder}/", f"{folder}-target/"))


def _lines(folder: Path, entry: Entry | None) -> set[str]:
    """Return the lines of a file, as rendered and in lower case."""
    text = git(folder, "cat-file", "blob", entry[1]) if entry else ""
    return set(text.replace("{{ word }}", "word").lower().splitlines())


# ==================================================================================================
# Decisions and errors
# ==================================================================================================

KEPT, TAKEN = ("changed", "link to a file"), ("changed", "link to nothing")


def test_changed_links_are_conflicts(template: Path, tmp_path: Path) -> None:
    submodule = ("own", "submodule")
    service = make(template, tmp_path / "service", [KEPT, TAKEN, submodule])
    kept, taken, library = (f"{folder_of(*case)}/{FILE}" for case in (KEPT, TAKEN, submodule))
    files = state(service)["files"]

    asked = update(service, template, NEW, "--defaults")

    assert asked.returncode == WORK_LEFT
    for path in (kept, taken):
        assert (
            f"  {path}: the template changes it, and you have a symbolic link there" in asked.stdout
        )
    assert state(service)["files"] == files
    (command,) = re.findall(r"git (checkout [0-9a-f]+ --) PATH", asked.stdout)
    work = service / ".cache/update/tree"
    (work / taken).unlink()
    git(work, *command.split(), taken)

    continued = update(service, template, NEW, "--continue")

    assert continued.returncode == 0, continued.stdout
    git(service, "merge", "--quiet", "--ff-only", f"template-update-{NEW[1:]}")
    assert (service / kept).readlink() == Path("target.txt")
    assert tree(service)[taken] == rendered(template, NEW)[taken]
    assert git(service, "status", "--porcelain") == ""
    assert git(service / library, "worktree", "list").count("\n") == 1


@pytest.fixture(scope="module")
def made(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service without such entries, to copy."""
    return make(template, tmp_path_factory.mktemp("made") / "service", [])


@pytest.fixture
def service(made: Path, tmp_path: Path) -> Path:
    """A service without such entries."""
    return shutil.copytree(made, tmp_path / "service", symlinks=True)


UNTRACKED = ["submodule", "nested repository", "link to nothing", "folder for a file", "other case"]


@pytest.mark.parametrize("name", UNTRACKED)
def test_uncommitted_changes_are_rejected(service: Path, template: Path, name: str) -> None:
    ENTRIES[name](service / folder_of("added", name) / FILE)
    before = state(service)
    rejected = update(service, template, NEW, "--defaults")
    assert rejected.returncode == REJECTED
    assert rejected.stdout.startswith("error: Uncommitted changes")
    assert state(service) == before


@pytest.mark.parametrize(
    "name", ["link to a file", "link to nothing", "folder for a file", "empty"]
)
def test_answers_in_another_entry_than_a_file_are_rejected(
    template: Path, name: str, tmp_path: Path
) -> None:
    service = make(template, tmp_path / "service", [])
    ENTRIES[name](service / ".copier-answers.yml")
    commit_all(service, "Elsewhere")
    before = state(service)
    rejected = update(service, template, NEW, "--defaults")
    assert rejected.returncode == REJECTED
    assert rejected.stdout.startswith("error: .copier-answers.yml has no answers")
    assert state(service) == before


INVALID_STATES = ["link to a file", "link to nothing", "folder for a file", "empty"]


@pytest.mark.parametrize("name", INVALID_STATES)
def test_an_invalid_state_of_migrations_is_rejected(
    service: Path, template: Path, name: str
) -> None:
    ENTRIES[name](service / MIGRATIONS_FILE)
    commit_all(service, "Elsewhere")
    before = state(service)
    rejected = update(service, template, NEW, "--defaults")
    assert rejected.returncode == REJECTED
    assert rejected.stdout.startswith(f"error: {MIGRATIONS_FILE} names no release: restore it")
    assert state(service) == before


def test_the_changelog_may_be_a_folder(service: Path, template: Path) -> None:
    ENTRIES["folder for a file"](service / "kit/CHANGELOG.md")
    commit_all(service, "Our changes")
    updated = update(service, template, NEW, "--defaults")
    assert updated.returncode == 0, updated.stdout
    assert (service / "kit/CHANGELOG.md").is_dir()


def test_a_service_may_lack_the_changelog() -> None:
    assert sections("", OLD, NEW) == {}


def test_files_that_need_renormalization_are_rejected(service: Path, tmp_path: Path) -> None:
    file = service / "ours.txt"
    file.write_text("ours\n", encoding="utf-8")
    # With an old time, so that git doesn't read the file again.
    os.utime(file, (10**9, 10**9))
    commit_all(service, "Ours")
    (service / ".gitattributes").write_text("ours.txt filter=test\n", encoding="utf-8")
    commit_all(service, "Not normalized")
    with pytest.raises(UpdateError, match=r"`git add --renormalize .`(?s:.*)\n   M ours.txt$"):
        inspect(service).branch_off(tmp_path / "tree", "branch")


@pytest.mark.parametrize("depth", ["", "--depth=1"], ids=["whole", "shallow"])
def test_submodules_are_checked_out_at_any_place(tmp_path: Path, depth: str) -> None:
    """Nested submodules, and submodules outside of a service in a larger repository."""
    library, top, clone = (tmp_path / name for name in ("library", "top", "clone"))
    _repository(library / "inner")
    _repository(library / "outer")
    _repository(top)
    folder = top / "services/orders"
    folder.mkdir(parents=True)
    (folder / ".copier-answers.yml").write_text("_commit: v1\n_src_path: /x\n", encoding="utf-8")
    file = ("-c", "protocol.file.allow=always")
    git(library / "outer", *file, "submodule", "--quiet", "add", library / "inner", "deep")
    commit_all(library / "outer", "Deep")
    for path in ("beside", "services/orders/within"):
        git(top, *file, "submodule", "--quiet", "add", library / "outer", path)
    commit_all(top, "Submodules")
    options = (
        "--quiet",
        "--recurse-submodules",
        *(["--shallow-submodules", depth] if depth else []),
    )
    git(tmp_path, *file, "clone", *options, f"file://{top}", clone)
    shutil.rmtree(library)

    inspect(clone / "services/orders").branch_off(tmp_path / "tree", "branch")

    for path in ("beside", "beside/deep", "services/orders/within", "services/orders/within/deep"):
        assert (tmp_path / "tree" / path / "inner.txt").is_file()
    assert git(tmp_path / "tree", "status", "--porcelain") == ""


# Entries that aren't files, and the message of a patch.
NO_FILES = {
    "submodule": "you have a submodule there",
    "submodule for a folder": "you have a submodule at `src`",
    "nested repository": "you have a submodule there",
    "link to a file": "you have a symbolic link there",
    "link to a folder": "you have a symbolic link there",
    "link to nothing": "you have a symbolic link there",
    "link for a folder": "you have a symbolic link at `src`",
    "folder for a file": "you have a folder there",
    "file for a folder": "you have a file at `src`",
}


@pytest.mark.parametrize(("name", "why"), NO_FILES.items(), ids=NO_FILES)
@pytest.mark.parametrize("there", [True, False], ids=["changed", "created"])
def test_a_patch_is_applied_as_a_whole_or_listed(
    tmp_path: Path, name: str, why: str, there: bool
) -> None:
    service, path, patch = tmp_path / "service", f"src/{FILE}", tmp_path / "a.patch"
    _repository(service)
    if there:
        _clear(service / path).write_text("one\n", encoding="utf-8")
        commit_all(service, "One")
    (service / "inner.txt").write_text("Patched.\n", encoding="utf-8")
    _clear(service / path).write_text("two\n", encoding="utf-8")
    git(service, "add", "--all")
    patch.write_text(git(service, "diff", "--cached", "--no-renames"), encoding="utf-8")
    git(service, "reset", "--quiet", "--hard")
    ENTRIES[name](service / path)
    (service / ".copier-answers.yml").write_text("{}\n", encoding="utf-8")
    commit_all(service, "The team's work")
    before = tree(service)
    reports: list[Report] = []

    migrations = [Migration("patch", "2.0.0", "A patch", patch)]
    run_migrations(service, ".", migrations, lambda _: True, reports.append)

    (report,) = reports
    assert [(each.path, each.text) for each in report.leftovers] == [(path, why)]
    assert report.patch == patch.read_text(encoding="utf-8")
    assert tree(service) == before
    assert git(service, "status", "--porcelain") == ""


def test_a_service_without_a_recorded_commit_can_be_updated(template: Path, tmp_path: Path) -> None:
    service = tmp_path / "service"
    copier.run_copy(str(export(template, OLD, tmp_path)), service, defaults=True, quiet=True)
    (service / ".gitignore").write_text(".cache/\n", encoding="utf-8")
    (service / "needed.txt").touch()
    begin(service)
    answers = service / ".copier-answers.yml"
    assert "_commit" not in answers.read_text(encoding="utf-8")
    rejected = update(service, template, NEW, "--defaults")
    assert rejected.returncode == REJECTED
    assert (
        "add and commit them: the template's URL and its version, such as v1.6.0" in rejected.stdout
    )

    answers.write_text(f"_commit: {OLD}\n_src_path: {template}\nword: word\n", encoding="utf-8")
    commit_all(service, "The template and its version")
    taken = update(service, template, NEW, "--defaults")
    assert taken.returncode == 0, taken.stdout
    git(service, "merge", "--quiet", "--ff-only", f"template-update-{NEW[1:]}")
    assert f"_commit: {NEW}" in answers.read_text(encoding="utf-8")
