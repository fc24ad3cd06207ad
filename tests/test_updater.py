"""A service's `update`: on a branch, merged by git, verified, and undone by one command."""

import json
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests import exhaustive
from tests.laptop_settings import AFTER, BEFORE, Desk, Row, snapshot
from tests.programs import ROOT, commit_all, git
from tests.releases import HERE
from tests.service_checks import environment, task
from tests.team_services import begin, edit, generate, publish

NEXT = "v99.0.0"
LATER = "v99.1.0"
COMPONENT = "kit/src/aws_service_kit/constructs/function.py"
RETIRED = "kit/guides/costs.md"
OLD, NEW = (
    "kit/src/aws_service_kit/constructs/waf.py",
    "kit/src/aws_service_kit/constructs/firewall.py",
)
ADDED = "kit/guides/added.md"
# The later release only makes it executable.
PROGRAM = "kit/src/aws_service_kit/dev/type_check.py"
WORK_LEFT = 3
UNDO = "python3 dev.py update --abort"


@pytest.fixture(scope="session")
def templates(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The releases and a later one, which changes, adds, moves and retires template-owned files."""
    clone = tmp_path_factory.mktemp("templates") / "template"
    git(ROOT, "clone", "--quiet", releases, clone)
    shipped = clone / "template"
    edit(shipped, COMPONENT, 'ALIAS = "live"', 'ALIAS = "served"')
    edit(
        shipped,
        "kit/src/aws_service_kit/constructs/alarms.py",
        '"""',
        '"""Alarms, and more of them.\n\n',
    )
    edit(
        shipped,
        "tooling/ownership.toml",
        "[retired]",
        f'[moved]\n"{OLD}" = "{NEW}"\n\n[retired]\n"{RETIRED}" = "99.0.0"',
    )
    git(clone, "mv", f"template/{OLD}", f"template/{NEW}")
    edit(shipped, NEW, '"""', '"""The firewall.\n\n')
    (shipped / PROGRAM).chmod(0o755)
    git(clone, "rm", "--quiet", f"template/{RETIRED}")
    edit(clone, "copier.yml", "_exclude:\n", f"_exclude:\n  - /{RETIRED}\n  - /{OLD}\n")
    edit(
        clone,
        "CHANGELOG.md",
        "## ",
        "## 99.0.0 - 2099-01-01\n\nControls: adds Z1; changes L1.\n\n## ",
    )
    publish(clone, NEXT, **{f"template/{ADDED}": "<!-- Template-owned -->\n# Added\n"})
    return clone


@pytest.fixture
def service(templates: Path, tmp_path: Path) -> Path:
    """A service of this working copy, with the fewest stacks."""
    return generate(templates, HERE, tmp_path / "service", {"stacks": []})


def state(service: Path) -> Mapping[str, object]:
    """Return everything that an update could change."""
    files = {
        path.relative_to(service): (path.read_bytes(), path.stat().st_mode)
        for path in service.rglob("*")
        if path.is_file()
        and ".git" not in path.relative_to(service).parts[:1]
        and path.relative_to(service).parts[:2] not in {(".cache", "update"), (".cache", "updater")}
        and "__pycache__" not in path.parts
    }
    return {
        "files": files,
        "branches": git(service, "branch", "--list"),
        "head": git(service, "rev-parse", "HEAD"),
        "status": git(service, "status", "--porcelain"),
        "worktrees": git(service, "worktree", "list").count("\n"),
    }


def session(service: Path) -> dict[str, Any]:
    """Return the stored state of an update in progress."""
    text = (service / ".cache/update/session.json").read_text(encoding="utf-8")
    known: dict[str, Any] = json.loads(text)
    return known


def update(service: Path, *options: str, version: str = NEXT) -> subprocess.CompletedProcess[str]:
    return task(service, "update", "--defaults", f"--vcs-ref={version}", *options)


# ==================================================================================================
# Rejected before any change
# ==================================================================================================


def _dirty(service: Path) -> None:
    (service / "notes.txt").write_text("Not committed.\n", encoding="utf-8")


def _detached(service: Path) -> None:
    git(service, "switch", "--quiet", "--detach")


def _answers(service: Path, text: str) -> None:
    (service / ".copier-answers.yml").write_text(text, encoding="utf-8")
    commit_all(service, "Answers")


def _with(service: Path, old: str, new: str) -> None:
    answers = service / ".copier-answers.yml"
    lines = answers.read_text(encoding="utf-8").splitlines()
    _answers(service, "\n".join(new if line.startswith(old) else line for line in lines) + "\n")


def _out_of_reach(service: Path) -> None:
    (service / "tooling/template.toml").write_text(
        'source = "/nowhere/template"\nsigners = []\n', encoding="utf-8"
    )
    _with(service, "_src_path", "_src_path: /nowhere/template")


def _branch_taken(service: Path) -> None:
    git(service, "switch", "--quiet", "--create", f"template-update-{NEXT[1:]}")
    edit(service, "README.md", "# ", "# Half an update of ")
    commit_all(service, "Not merged yet")
    git(service, "switch", "--quiet", "main")


def _without_answers(service: Path) -> None:
    git(service, "rm", "--quiet", ".copier-answers.yml")
    commit_all(service, "No answers")


REJECTIONS: dict[str, tuple[Callable[[Path], object], str]] = {
    "dirty tree": (_dirty, "commit or stash them first:\n  ?? notes.txt"),
    "detached HEAD": (_detached, "No branch is checked out"),
    "answers in conflict": (
        lambda service: _answers(service, "<<<<<<< before\n_commit: v1\n>>>>>>> after\n"),
        ".copier-answers.yml has conflict markers",
    ),
    "answers that aren't YAML": (lambda service: _answers(service, "a: [\n"), "isn't YAML"),
    "answers without a template": (
        lambda service: _answers(service, "stacks: []\n"),
        "restore its lines _src_path and _commit",
    ),
    "answers not committed": (_without_answers, "isn't committed"),
    "unknown commit": (
        lambda service: _with(service, "_commit", "_commit: v0.0.7"),
        "v0.0.7",
    ),
    "template out of reach": (
        _out_of_reach,
        "The template can't be reached at /nowhere/template",
    ),
    "relative template": (
        lambda service: _with(service, "_src_path", "_src_path: ../template"),
        "set _src_path, and source in tooling/template.toml, to the template's URL",
    ),
    # See https://github.com/copier-org/copier/issues/1616.
    "template in a folder": (
        lambda service: _with(service, "_src_path", "_src_path: templates/ours"),
        "set _src_path, and source in tooling/template.toml, to the template's URL",
    ),
    "branch taken": (_branch_taken, f"git branch -D template-update-{NEXT[1:]}"),
}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        # This needs a whole update. tests/kit/update/ has a quick test.
        pytest.param(*each, id=name, marks=exhaustive.MARK if name == "branch taken" else ())
        for name, each in REJECTIONS.items()
    ],
)
def test_a_service_that_cannot_be_updated_is_reported_and_unchanged(
    service: Path, spoil: Callable[[Path], object], reason: str
) -> None:
    spoil(service)
    before = state(service)

    result = update(service)

    assert result.returncode == 1, result.stdout
    assert result.stdout.count("error: ") == 1
    assert reason in result.stdout
    assert "Traceback" not in result.stdout
    assert state(service) == before
    assert not (service / ".cache/update").exists()


def test_a_folder_without_git_is_rejected(service: Path) -> None:
    shutil.rmtree(service / ".git")
    result = update(service)
    assert result.returncode == 1
    assert "An update needs git" in result.stdout


def test_an_invalid_answer_changes_nothing(service: Path) -> None:
    before = state(service)
    result = update(service, "--data", "dev_account=123")
    assert result.returncode == 1
    assert "Twelve digits, such as 012345678901" in result.stdout
    assert state(service) == before


def test_without_a_newer_release_nothing_is_done(templates: Path, tmp_path: Path) -> None:
    service = generate(templates, NEXT, tmp_path / "service", {"stacks": []})
    before = state(service)
    result = task(service, "update", "--defaults")
    assert result.returncode == 0, result.stdout
    assert f"Nothing to do: the service already has the template's {NEXT}." in result.stdout
    assert update(service).returncode == 0
    assert state(service) == before


def test_a_pretended_update_reports_its_migrations_and_changes_nothing(desk: Desk) -> None:
    desk.configure({})
    before = snapshot(desk.service)
    result = desk.update(Row(), "--defaults", "--pretend")
    assert result.returncode == 0, result.stdout
    assert f"# Template {BEFORE} to {AFTER}" in result.stdout
    assert "- tracked: Anota cada ação" in result.stdout
    assert snapshot(desk.service) == before
    desk.assert_nothing_is_left()


# ==================================================================================================
# Conflicts
# ==================================================================================================


def edit_everywhere(service: Path) -> None:
    """Edit files that the later release changes, moves, adds, retires and doesn't change."""
    edit(service, COMPONENT, 'ALIAS = "live"', 'ALIAS = "ours"')
    edit(service, RETIRED, "# ", "# Our ")
    with (service / OLD).open("a", encoding="utf-8") as file:
        file.write("\n\nOURS = True\n")
    (service / ADDED).write_text("# Ours\n", encoding="utf-8")
    (service / "dev.py").chmod(0o755)
    git(service, "rm", "--quiet", "kit/src/aws_service_kit/constructs/alarms.py")
    commit_all(service, "The team's work")


def test_conflicts_are_kept_in_a_separate_folder_until_resolved_or_aborted(service: Path) -> None:
    edit_everywhere(service)
    before = state(service)

    result = update(service)

    assert result.returncode == WORK_LEFT, result.stdout
    for path in (COMPONENT, RETIRED, ADDED):
        assert f"  {path}: " in result.stdout
    assert UNDO in result.stdout
    tree = service / ".cache/update/tree"
    merged = (tree / NEW).read_text(encoding="utf-8")
    assert '"""The firewall.' in merged
    assert "OURS = True" in merged
    assert not (tree / OLD).exists()
    assert not (tree / "kit/src/aws_service_kit/constructs/alarms.py").exists()
    assert (tree / "dev.py").stat().st_mode & 0o100
    assert 'ALIAS = "ours"' in (tree / COMPONENT).read_text(encoding="utf-8")
    assert {**state(service), "branches": "", "worktrees": 1} == {
        **before,
        "branches": "",
        "worktrees": 1,
    }

    assert update(service).returncode == 1, "a second update during the first"
    again = task(service, "update", "--continue")
    assert again.returncode == WORK_LEFT, "unresolved"
    git(tree, "add", "--all")
    marked = task(service, "update", "--continue")
    assert marked.returncode == WORK_LEFT
    assert f"Conflict markers are left in:\n  {ADDED}" in marked.stdout

    assert task(service, "update", "--abort").returncode == 0
    assert state(service) == before
    assert not (service / ".cache/update").exists()
    assert task(service, "update", "--abort").returncode == 1


@pytest.mark.parametrize("times", exhaustive.all_but([3], [3, 10]))
def test_a_killed_update_is_undone_by_the_printed_command(service: Path, times: int) -> None:
    edit_everywhere(service)
    before = state(service)
    seconds = random.Random(7)  # noqa: S311 - not for secrets
    killed = 0
    for _ in range(times):
        command = ["poe", "--quiet", "--executor", "simple", "update", "--defaults"]
        with subprocess.Popen(
            [*command, f"--vcs-ref={NEXT}"],
            cwd=service,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            time.sleep(seconds.uniform(1, 6))
            if process.poll() is None:
                killed += 1
                process.send_signal(signal.SIGKILL)
        _kill_what_it_started(service)
        unchanged = {**state(service), "branches": "", "worktrees": 0}
        assert unchanged == {**before, "branches": "", "worktrees": 0}
        if any((service / ".cache").glob("update*")):
            assert task(service, "update", "--abort").returncode == 0
        assert state(service) == before
    assert killed, "each run ended before it could be killed"


def _kill_what_it_started(service: Path) -> None:
    """Kill the processes that run in a service, as a power failure does."""
    # Repeat until none is left, since a process may start another one before it ends.
    while running := list(_processes_in(service)):
        subprocess.run(["kill", "-9", *running], check=False, stderr=subprocess.DEVNULL)
        time.sleep(0.05)


def _processes_in(folder: Path) -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        # The process ended meanwhile.
        with suppress(OSError):
            if (process / "cwd").readlink().is_relative_to(folder):
                yield process.name


@exhaustive.MARK
def test_files_of_a_switched_off_stack_are_kept_and_listed(templates: Path, tmp_path: Path) -> None:
    service = generate(templates, HERE, tmp_path / "service", {"stacks": ["api", "reports"]})
    edit(service, COMPONENT, 'ALIAS = "live"', 'ALIAS = "ours"')
    commit_all(service, "A conflict, so that no checks run")

    assert update(service, "--data", "stacks=[reports]").returncode == WORK_LEFT

    left = session(service)["leftovers"]
    assert "infrastructure/stacks/api.py" in left
    assert "src/service/handlers/get_request.py" in left
    assert "infrastructure/stacks/reports.py" not in left
    tree = service / ".cache/update/tree"
    assert [path for path in left if not (tree / path).exists()] == []


# ==================================================================================================
# Larger repositories, line ends and ignored files
# ==================================================================================================


@exhaustive.MARK
def test_a_service_in_a_folder_of_a_larger_repository_can_be_updated(
    templates: Path, tmp_path: Path
) -> None:
    top = tmp_path / "monorepo"
    service = generate(templates, HERE, top / "services/orders", {"stacks": []})
    other = generate(templates, HERE, top / "services/other", {"stacks": []})
    for each in (service, other):
        shutil.rmtree(each / ".git")
    begin(top)
    edit(service, COMPONENT, 'ALIAS = "live"', 'ALIAS = "ours"')
    # The other service's copy of it must not be detected as its new name.
    git(top, "rm", "--quiet", "services/orders/infrastructure/components/alarms.py")
    commit_all(top, "Ours")

    result = update(service)

    assert result.returncode == WORK_LEFT, result.stdout
    assert f"  {COMPONENT}: " in result.stdout
    tree = service / ".cache/update/tree"
    staged = git(tree, "diff", "--cached", "--name-only").splitlines()
    assert f"services/orders/{ADDED}" in staged
    assert [path for path in staged if not path.startswith("services/orders/")] == []
    assert task(service, "update", "--abort").returncode == 0
    assert git(top, "status", "--porcelain") == ""


@exhaustive.MARK
def test_windows_line_ends_are_no_edits(templates: Path, tmp_path: Path) -> None:
    service = generate(templates, HERE, tmp_path / "service", {"stacks": []})
    for path in (COMPONENT, OLD, "kit/src/aws_service_kit/constructs/alarms.py"):
        file = service / path
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    (service / ".gitattributes").write_text("", encoding="utf-8")
    git(service, "config", "core.autocrlf", "false")
    commit_all(service, "Windows")
    git(service, "checkout", "--quiet", "HEAD~1", "--", ".gitattributes")
    git(service, "commit", "--quiet", "--message", "Attributes again")
    git(service, "add", "--renormalize", ".")
    git(service, "commit", "--quiet", "--allow-empty", "--message", "Renormalized")
    edit(service, COMPONENT, 'ALIAS = "live"', 'ALIAS = "ours"')
    commit_all(service, "A conflict, so that no checks run")

    result = update(service)

    assert result.returncode == WORK_LEFT, result.stdout
    assert result.stdout.count(": you and the template changed the same lines") == 1


@exhaustive.MARK
def test_ignored_files_are_kept_and_listed(service: Path) -> None:
    (service / ".git/info/exclude").write_text(f"/{COMPONENT}\n", encoding="utf-8")
    git(service, "rm", "--quiet", "--cached", COMPONENT)
    git(service, "commit", "--quiet", "--message", "Not under git")
    mine = (service / COMPONENT).read_text(encoding="utf-8") + "# Mine.\n"
    (service / COMPONENT).write_text(mine, encoding="utf-8")
    edit(service, RETIRED, "# ", "# Our ")
    git(service, "commit", "--quiet", "--all", "--message", "A conflict")

    result = update(service)

    assert result.returncode == WORK_LEFT, result.stdout
    assert session(service)["ignored"] == [COMPONENT]
    assert (service / COMPONENT).read_text(encoding="utf-8") == mine
