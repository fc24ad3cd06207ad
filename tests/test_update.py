"""A team updates to a release without losing an edit, with Copier alone or with the updater."""

import shutil
from pathlib import Path

import copier
import pytest
from aws_service_kit.update import migrations
from aws_service_kit.update.migrations import MIGRATIONS_FILE
from aws_service_kit.update.patches import parts_of
from aws_service_kit.update.release import Release, numbers
from copier.errors import UserMessageError

from extensions.updates import COPIER_ALONE, UPDATER, is_older, moved_in
from tests import exhaustive
from tests.added_function import add_function
from tests.answers import Answers
from tests.combinations import ALL_STACKS
from tests.programs import ROOT, commit_all, git
from tests.releases import HERE, NUMBER, RELEASES, UPDATES_FROM, VERSION, commit_of
from tests.service_checks import assert_passes, task
from tests.team_services import (
    answers_of,
    edit,
    generate,
    service_owned,
    template_owned,
    without_checks,
)
from tests.test_ownership import files_of, owners, retired

CHECKS = ("lint", "types", "imports", "unit --no-cov", "infrastructure", "derive")
COMPONENT = "kit/src/aws_service_kit/constructs/function.py"
NEXT = "v99.0.0"


@pytest.fixture(scope="session")
def next_release(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A later template that no longer ships the scaffold, and changes a construct."""
    clone = tmp_path_factory.mktemp("next") / "template"
    git(ROOT, "clone", "--quiet", releases, clone)
    for path, owner in owners().items():
        if owner == "service":
            for shipped in (clone / "template").glob(f"{path.rstrip('/')}*"):
                git(clone, "rm", "-r", "--quiet", shipped.relative_to(clone))
    component = clone / "template" / COMPONENT
    text = component.read_text(encoding="utf-8")
    component.write_text(text.replace('ALIAS = "live"', 'ALIAS = "served"'), encoding="utf-8")
    commit_all(clone, "A later release")
    git(clone, "tag", NEXT)
    return clone


@pytest.fixture(scope="session")
def unchecked_releases(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The releases; the updater of this working copy runs no checks."""
    return without_checks(releases, tmp_path_factory.mktemp("without_checks"))


def update(service: Path, answers: Answers | None = None, version: str = HERE) -> None:
    """Update to a version, by default this working copy, and assert that there is no conflict.

    Copier runs as in the updater, since it is rejected alone if files move.
    """
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv(UPDATER, "1")
        copier.run_update(
            service,
            vcs_ref=version,
            data=dict(answers or {}),
            defaults=True,
            unsafe=True,
            overwrite=True,
            quiet=True,
        )
    assert git(service, "ls-files", "--unmerged") == ""
    assert [path for path in files_of(service) if path.endswith(".rej")] == []


def edit_as_a_team_would(service: Path) -> None:
    """Edit every type of file that a team has; add a function, a file and a dependency."""
    # The module's name before 2.1.0.
    named = ("src/service/domain/order.py", "src/service/domain/request.py")
    entity = next(path for path in named if (service / path).exists())
    edits = {
        "src/service/handlers/health.py": ("200.", "200, always."),
        entity: (
            "How urgent a request is.",
            "How much a request matters.",
        ),
        "infrastructure/stacks/storage.py": ("Processing requests", "What the team remembers"),
        "README.md": ("## Start", "## Our own beginning"),
        "pyproject.toml": ("dependencies = []", 'dependencies = [\n    "six",\n]'),
    }
    for path, (old, new) in edits.items():
        edit(service, path, old, new)
    team = service / "infrastructure/config/team.toml"
    team.write_text("[environments.dev]\nlog_retention_days = 14\n", encoding="utf-8")
    (service / "docs/decisions/0002-ours.md").write_text("# 2. Ours\n", encoding="utf-8")
    (service / "tests/unit/handlers/test_health.py").unlink()
    add_function(service)


# For an unreleased version, the last release is earlier too.
EARLIER = [*RELEASES, *({VERSION} - {NUMBER})]
# The versions from which an update moves files.
MOVED = [version for version in EARLIER if is_older(version, str(moved_in(ROOT)))]


def needs_another_first(version: str) -> bool:
    """Return whether a release is too old to update to this one directly."""
    return numbers(version) < numbers(UPDATES_FROM)


def service_of(templates: Path, version: str, folder: Path) -> Path:
    """Create a service of an earlier release, and edit it as a team would."""
    if commit_of(version) is None:
        pytest.skip(f"this clone's history lacks {version}: git fetch --unshallow")
    service = generate(templates, f"v{version}", folder / "service")
    edit_as_a_team_would(service)
    commit_all(service, "The team's work")
    return service


def patched(release: Release) -> set[str]:
    """Return the files in a release's patches."""
    patches = (each.file for each in release.migrations if each.is_patch)
    return {part.path for file in patches for part in parts_of(file.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("version", exhaustive.all_but(MOVED[-1:], MOVED))
def test_copier_alone_is_rejected_if_files_move(
    releases: Path, version: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(UPDATER, raising=False)
    service = service_of(releases, version, tmp_path)
    another_first = f"updates from {UPDATES_FROM} on"
    reason = another_first if needs_another_first(version) else COPIER_ALONE
    with pytest.raises(UserMessageError, match=reason):
        copier.run_update(service, vcs_ref=HERE, defaults=True, unsafe=True, overwrite=True)
    assert git(service, "status", "--porcelain") == ""


@exhaustive.MARK
@pytest.mark.parametrize("version", EARLIER)
def test_a_service_of_every_release_updates_to_this_version(
    unchecked_releases: Path, version: str, tmp_path: Path
) -> None:
    service = service_of(unchecked_releases, version, tmp_path)
    if needs_another_first(version):
        update(service, version=f"v{UPDATES_FROM}")
        commit_all(service, f"Template v{UPDATES_FROM}")
    moved = Path(shutil.copytree(service, tmp_path / "moved", symlinks=True))
    release = Release.read(ROOT)
    assert release is not None
    for each in release.migrations:
        if each.before_merge:
            migrations.run_program(each, moved)

    result = task(service, "update", "--defaults")

    assert result.returncode == 0, result.stdout
    git(service, "switch", "--quiet", f"template-update-{NUMBER}")
    fresh = generate(unchecked_releases, HERE, tmp_path / "fresh", answers_of(service))
    # Copier alone doesn't know whether a retired file was edited, so it keeps the file.
    left = {path: text for path, text in template_owned(moved).items() if path in retired()}
    assert template_owned(service) == {**template_owned(fresh), **left}
    owned, expected = service_owned(service), service_owned(moved)
    migrated = {"README.md", MIGRATIONS_FILE.as_posix(), *patched(release)}
    kept = expected.keys() - migrated
    assert {path: owned[path] for path in kept} == {path: expected[path] for path in kept}
    assert owned.keys() >= expected.keys()
    assert "## Our own beginning" in (service / "README.md").read_text(encoding="utf-8")
    assert '"six",' in (service / "pyproject.toml").read_text(encoding="utf-8")
    assert "Nothing to do" in task(service, "update", "--defaults").stdout


@exhaustive.MARK
@pytest.mark.parametrize("version", [EARLIER[0], EARLIER[-1]])
def test_an_updated_service_with_added_stacks_passes_its_checks(
    unchecked_releases: Path, version: str, tmp_path: Path
) -> None:
    service = service_of(unchecked_releases, version, tmp_path)
    if needs_another_first(version):
        update(service, version=f"v{UPDATES_FROM}")
        commit_all(service, f"Template v{UPDATES_FROM}")
    assert_passes(service, "update --defaults")
    git(service, "switch", "--quiet", f"template-update-{NUMBER}")
    owned = service_owned(service)

    update(service, {"stacks": list(ALL_STACKS)})

    assert owned.keys() <= service_owned(service).keys()
    assert_passes(service, *CHECKS)


@exhaustive.MARK
def test_an_added_stack_is_scaffolded_and_a_switched_off_one_is_kept(
    releases: Path, tmp_path: Path
) -> None:
    service = generate(releases, HERE, tmp_path / "service", {"stacks": []})
    before = service_owned(service)

    update(service, {"stacks": list(ALL_STACKS)})
    whole = generate(releases, HERE, tmp_path / "whole", answers_of(service))
    assert before.items() <= service_owned(service).items()
    # Equal files give equal resources: synthesis is deterministic.
    assert service_owned(service) == service_owned(whole)
    assert template_owned(service) == template_owned(whole)

    stack = service / "infrastructure/stacks/api.py"
    stack.write_text(stack.read_text(encoding="utf-8") + "# Ours.\n", encoding="utf-8")
    commit_all(service, "Ours")
    edited = service_owned(service)
    for stacks in ([], list(ALL_STACKS)):
        update(service, {"stacks": stacks})
        assert service_owned(service) == edited
        commit_all(service, f"Stacks: {stacks}")


@exhaustive.MARK
def test_files_that_leave_the_scaffold_are_kept(next_release: Path, tmp_path: Path) -> None:
    service = generate(next_release, HERE, tmp_path / "service")
    edit_as_a_team_would(service)
    commit_all(service, "The team's work")
    before = service_owned(service)

    update(service, version=NEXT)

    assert service_owned(service) == before
    assert 'ALIAS = "served"' in (service / COMPONENT).read_text(encoding="utf-8")


@exhaustive.MARK
def test_scaffolded_files_that_the_team_deleted_are_not_restored(
    next_release: Path, tmp_path: Path
) -> None:
    service = generate(next_release, HERE, tmp_path / "service")
    for path in service_owned(service):
        (service / path).unlink()
    commit_all(service, "Begin again")
    # A change of answers renders all files, as a new version does.
    update(service, {"description": "Something else."})
    assert service_owned(service) == {}
