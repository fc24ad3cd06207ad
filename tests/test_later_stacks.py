"""A stack that is added by an update works with the sample of the previous release."""

from __future__ import annotations

from pathlib import Path

import pytest
from aws_service_kit.update import migrations

from tests import exhaustive
from tests.programs import commit_all
from tests.releases import HERE, commit_of
from tests.service_checks import assert_passes
from tests.team_services import generate, owned_by, service_owned
from tests.test_migrations import previous, this_release

pytestmark = exhaustive.MARK
# Stacks before and after the update. Modules of the later ones import those that the team has.
STACKS = {
    "api": (["api"], ["api", "messaging", "workflow"]),
    "events": (["events"], ["events", "workflow", "finops"]),
    "workflow": (["workflow"], ["workflow", "events", "messaging", "reports"]),
}


@pytest.fixture(params=["2.1.0", previous()])
def release(request: pytest.FixtureRequest) -> str:
    """The release of the service: the first one with stacks as classes, and the previous one."""
    return str(request.param)


@pytest.fixture(params=STACKS)
def service(releases: Path, release: str, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A service of an earlier release, updated with more stacks."""
    commit = commit_of(release)
    if commit is None:
        pytest.skip("this clone's history lacks that release: git fetch --unshallow")
    before, later = STACKS[request.param]
    service = generate(releases, commit, tmp_path / "service", {"stacks": before})
    fresh = generate(releases, HERE, tmp_path / "fresh", {"stacks": later})
    pending = this_release().after(migrations.applied_release(service))
    reports: list[migrations.Report] = []
    migrations.run(service, ".", pending, lambda path: (fresh / path).exists(), reports.append)
    assert [report for report in reports if report.patch] == []
    # The update adds the missing files of a stack's sample.
    there = service_owned(service)
    sample = {path: text for path, text in service_owned(fresh).items() if path not in there}
    for path, content in {**owned_by("template", fresh), **sample}.items():
        (service / path).parent.mkdir(parents=True, exist_ok=True)
        (service / path).write_bytes(content)
    commit_all(service, "Two more stacks")
    return service


def test_the_updated_service_passes_its_checks(service: Path) -> None:
    assert_passes(service, "lint", "types", "unit")
