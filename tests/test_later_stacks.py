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
BEFORE, LATER = ["api"], ["api", "messaging", "workflow"]


@pytest.fixture
def service(releases: Path, tmp_path: Path) -> Path:
    """A default service of the previous release, updated with two more stacks."""
    commit = commit_of(previous())
    if commit is None:
        pytest.skip("this clone's history lacks the release before: git fetch --unshallow")
    service = generate(releases, commit, tmp_path / "service", {"stacks": BEFORE})
    fresh = generate(releases, HERE, tmp_path / "fresh", {"stacks": LATER})
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
