"""Renamed, retired and moved files of releases reach existing services.

The quicker test_updater.py and test_update_survival.py retire and move files of this release.
"""

from pathlib import Path

import pytest
from aws_service_kit.update.pristine import Pristine, render
from aws_service_kit.update.service import inspect
from aws_service_kit.update.tree_entries import entries_of

from tests import exhaustive
from tests.edit_survival import Edit, survive
from tests.programs import commit_all, git
from tests.releases import NUMBER, UPDATES_FROM, commit_of
from tests.service_checks import assert_passes, task
from tests.team_services import edit, generate
from tests.test_update import unchecked_releases, update

__all__ = ["unchecked_releases"]

pytestmark = exhaustive.MARK

BEFORE = "1.1.0"
RETIRED = ".github/workflows/mutate.yml"
ANSWERS = {"stacks": ["monitoring"]}

# A component of the team and its test, with names that 1.2.0 changed.
POOL = '''"""What the team's pool of workers shows of itself."""

from aws_cdk import aws_cloudwatch as cloudwatch

from infrastructure.components.graphs import Graph
from infrastructure.service import Service


def show_pool(service: Service) -> None:
    """Put the pool on the dashboard."""
    workers = cloudwatch.Metric(namespace="Pool", metric_name="Workers")
    service.graphs.append(Graph(kind="Pools", name="Pool", shows="workers", metrics=[workers]))
'''
TEST_POOL = '''"""The pool in every environment."""

from tests.infrastructure.synthesis import Synthesized


def test_the_dashboard_shows_the_pool(synthesized: Synthesized) -> None:
    dashboards = synthesized.resources("AWS::CloudWatch::Dashboard")
    assert ["Pool: workers" in str(found.properties) for found in dashboards] == [True] * 3
'''


def made_before(releases: Path, folder: Path) -> Path:
    if commit_of(BEFORE) is None:
        pytest.skip(f"this clone's history lacks {BEFORE}: git fetch --unshallow")
    return generate(releases, f"v{BEFORE}", folder / "service", ANSWERS)


@pytest.fixture
def service(unchecked_releases: Path, tmp_path: Path) -> Path:
    """A service of the previous release."""
    return made_before(unchecked_releases, tmp_path)


@pytest.fixture(scope="module")
def pristine(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The result of the update of an unedited service."""
    folder = tmp_path_factory.mktemp("update")
    options = ("--defaults", f"--vcs-ref=v{UPDATES_FROM}")
    return render(inspect(made_before(releases, folder)), folder / "pristine", options)


def test_former_names_work_with_a_warning(service: Path) -> None:
    (service / "infrastructure/components/pool.py").write_text(POOL, encoding="utf-8")
    (service / "tests/infrastructure/stacks/test_pool.py").write_text(TEST_POOL, encoding="utf-8")
    storage = "infrastructure/stacks/storage.py"
    imported = "from infrastructure.components.stack import"
    edit(
        service,
        storage,
        imported,
        f"from infrastructure.components.pool import show_pool\n{imported}",
    )
    edit(service, storage, "    return stack", "    show_pool(service)\n    return stack")
    commit_all(service, "A pool")
    only = "infrastructure -k pool"
    assert_passes(service, "lint", only)

    update(service, version=f"v{UPDATES_FROM}")
    commit_all(service, f"Template v{UPDATES_FROM}")
    assert_passes(service, "update --defaults")
    git(service, "switch", "--quiet", f"template-update-{NUMBER}")

    assert_passes(service, "lint", "types")
    said = task(service, *only.split())
    assert said.returncode == 0, said.stdout
    assert "Graph is called Widget since 1.2.0: aws_service_kit.constructs.widgets" in said.stdout
    assert "service.graphs is called service.widgets since 1.2.0" in said.stdout


def test_an_unedited_retired_file_is_removed(pristine: Pristine, tmp_path: Path) -> None:
    assert RETIRED in entries_of(pristine.git, pristine.base)
    result = survive(pristine, [], tmp_path)
    assert result.merged.conflicts == {}
    assert not (tmp_path / "tree" / RETIRED).exists()


def test_an_edited_retired_file_is_a_conflict(pristine: Pristine, tmp_path: Path) -> None:
    result = survive(pristine, [Edit(RETIRED, "line changed")], tmp_path)
    why = "the template has removed it, and you have changed it"
    assert (result.losses, result.merged.conflicts) == ([], {RETIRED: why})


def test_copier_alone_keeps_an_edited_retired_file(service: Path) -> None:
    edit(service, RETIRED, "timeout-minutes: 20", "timeout-minutes: 30")
    commit_all(service, "More time")
    update(service, version=f"v{UPDATES_FROM}")
    assert "timeout-minutes: 30" in (service / RETIRED).read_text(encoding="utf-8")


def test_a_new_default_changes_no_given_answer(pristine: Pristine) -> None:
    assert pristine.answers["monthly_budget_usd"] == "100"
    assert pristine.answers["availability_objective"] == "99.9"
