"""Copier alone takes a release of the template without losing an edit."""

from pathlib import Path

import copier
import pytest

from tests import exhaustive
from tests.added_function import add_function
from tests.answers import Answers
from tests.combinations import ALL_STACKS
from tests.programs import ROOT, commit_all, git
from tests.releases import HERE, RELEASES, commit_of
from tests.service_checks import assert_passes
from tests.teams import answers_of, edit, generate, service_owned, template_owned
from tests.test_ownership import files_of, owners, retired

CHECKS = ("lint", "types", "imports", "unit --no-cov", "infrastructure", "derive")
COMPONENT = "infrastructure/components/function.py"
NEXT = "v99.0.0"


@pytest.fixture(scope="session")
def next_release(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A later template, which ships no seed any more and changes a component."""
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


def update(service: Path, answers: Answers | None = None, version: str = HERE) -> None:
    """Take a version, what lies here by default, and assert that nothing conflicts."""
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
    """Edit every kind of file that a team has; add a function, a file, a dependency."""
    edits = {
        "src/service/handlers/health.py": ("Answer 200.", "Answer 200, always."),
        "src/service/domain/request.py": (
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


@pytest.mark.parametrize("version", exhaustive.all_but(RELEASES[:1], RELEASES))
def test_a_team_takes_this_version_from_every_release(
    releases: Path, version: str, tmp_path: Path
) -> None:
    if commit_of(version) is None:
        pytest.skip(f"this clone's history lacks {version}: git fetch --unshallow")
    service = generate(releases, f"v{version}", tmp_path / "service")
    edit_as_a_team_would(service)
    commit_all(service, "The team's work")
    before, outdated = service_owned(service), template_owned(service)

    update(service)

    assert service_owned(service) == before
    assert template_owned(service) != outdated, "the release changes nothing"
    fresh = generate(releases, HERE, tmp_path / "fresh", answers_of(service))
    # Copier alone can't tell whether anybody has edited what is retired, so it stays.
    left = {path: text for path, text in outdated.items() if path in retired()}
    assert template_owned(service) == {**template_owned(fresh), **left}
    assert '"six",' in (service / "pyproject.toml").read_text(encoding="utf-8")

    commit_all(service, "Update")
    update(service)
    assert git(service, "status", "--porcelain") == "", "a second update changes something"

    update(service, {"stacks": list(ALL_STACKS)})
    assert before.items() <= service_owned(service).items()
    assert_passes(service, *CHECKS)


@exhaustive.MARK
def test_a_stack_chosen_later_is_seeded_and_one_switched_off_stays(
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


def test_seeds_that_the_template_drops_stay_the_teams(next_release: Path, tmp_path: Path) -> None:
    service = generate(next_release, HERE, tmp_path / "service")
    edit_as_a_team_would(service)
    commit_all(service, "The team's work")
    before = service_owned(service)

    update(service, version=NEXT)

    assert service_owned(service) == before
    assert 'ALIAS = "served"' in (service / COMPONENT).read_text(encoding="utf-8")


def test_seeds_that_the_team_deleted_stay_deleted(next_release: Path, tmp_path: Path) -> None:
    service = generate(next_release, HERE, tmp_path / "service")
    for path in service_owned(service):
        (service / path).unlink()
    commit_all(service, "Begin anew")
    # A change of answers renders as much as a new version does.
    update(service, {"description": "Something else."})
    assert service_owned(service) == {}
