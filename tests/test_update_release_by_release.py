"""A team updates release by release with the service's commands, which run the checks."""

from pathlib import Path

import pytest

from tests import exhaustive
from tests.digest import write_digests
from tests.programs import ROOT, commit_all, git
from tests.releases import HERE, NUMBER, RELEASES, UPDATES_FROM
from tests.service_checks import assert_runs, dev
from tests.team_services import edit, generate, publish, service_owned
from tests.test_update import edit_as_a_team_would

LATER, CARELESS = "v99.1.0", "v99.2.0"
WORK_LEFT = 3
CONSTRUCTS = "template/kit/src/aws_service_kit/constructs"


@pytest.fixture(scope="session")
def later_releases(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The releases, a later one that changes an alarm, and one that would replace the table."""
    clone = tmp_path_factory.mktemp("later") / "template"
    git(ROOT, "clone", "--quiet", releases, clone)
    edit(clone, "CHANGELOG.md", "## ", "## 99.1.0 - 2099-01-01\n\nControls: changes M3.\n\n## ")
    edit(clone, f"{CONSTRUCTS}/function.py", "is throttled", "is being throttled")
    write_digests(clone / "template")
    publish(clone, LATER)
    pinned = "pin_logical_id(self.table, construct_id)"
    edit(clone, f"{CONSTRUCTS}/table.py", pinned, pinned.replace("_id)", '_id + "Table")'))
    write_digests(clone / "template")
    publish(clone, CARELESS)
    return clone


@exhaustive.MARK
def test_a_team_updates_to_every_release_with_the_services_commands(
    later_releases: Path, tmp_path: Path
) -> None:
    service = generate(later_releases, f"v{RELEASES[0]}", tmp_path / "service")
    edit_as_a_team_would(service)
    commit_all(service, "The team's work")
    owned = service_owned(service)
    assert_runs(service, "setup")
    commit_all(service, "Locked")

    # The command of the first release is Copier's update in the working tree.
    assert_runs(service, "update", "--defaults", f"--vcs-ref=v{UPDATES_FROM}")
    assert_runs(service, "setup")
    commit_all(service, "Update")
    # Some files of that release are service-owned in the present manifest.
    assert owned.items() <= service_owned(service).items()

    # It ran no migrations, so they run now, in separate commits, and files are moved.
    assert_runs(service, "update", "--defaults", f"--vcs-ref={HERE}")
    git(service, "merge", "--quiet", f"template-update-{NUMBER}")
    assert_runs(service, "setup")
    owned = service_owned(service)

    stopped = dev(service, "update", "--defaults", f"--vcs-ref={CARELESS}")
    assert stopped.returncode == WORK_LEFT, stopped.stdout
    effect = "the table would be deleted in dev, staging; left without a stack in prod"
    assert f"  storage/Records: {effect}" in stopped.stdout
    assert "--replace storage/Records" in stopped.stdout
    named = dev(service, "update", "--continue", "--replace", "storage/Rekords")
    assert "--replace storage/Rekords: no stateful resource of that name" in named.stdout
    assert_runs(service, "update", "--abort")

    said = assert_runs(service, "update", "--defaults", f"--vcs-ref={LATER}")
    assert f"# Template {HERE} to {LATER}" in said
    assert "- 99.1.0: changes M3." in said
    changed = "changed in place | AlarmDescription | dev, prod, staging |"
    assert f"| AWS::CloudWatch::Alarm | {changed}" in said
    assert git(service, "status", "--porcelain") == ""
    assert git(service, "worktree", "list").count("\n") == 1
    git(service, "merge", "--quiet", f"template-update-{LATER[1:]}")
    assert service_owned(service) == owned
    assert "Nothing to do" in assert_runs(service, "update", "--defaults", f"--vcs-ref={LATER}")
