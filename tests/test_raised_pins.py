"""A service raises pins before the template does; updates keep them while they are ahead."""

import json
from pathlib import Path

import pytest
from aws_service_kit.update.pins import PINS_FILE, Npm, Python

from tests import exhaustive
from tests.programs import ROOT, commit_all, git
from tests.service_checks import task
from tests.team_services import NO_CHECKS, VERIFICATION, edit, generate, publish
from tests.test_migrations import take, update

OLD, NEWER, HIGHER = "98.0.0", "99.0.0", "100.0.0"
BOTO3 = {OLD: "1.44.4", NEWER: "1.44.5", HIGHER: "1.44.6"}
CDK = {OLD: "2.1146.0", NEWER: "2.1146.1", HIGHER: "2.1148.1"}
WANTED = ("boto3==1.44.6", "botocore==1.44.6", "aws-cdk@2.1147.0")


@pytest.fixture(scope="module")
def templates(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Releases that differ only in pins."""
    clone = tmp_path_factory.mktemp("pins") / "template"
    git(ROOT, "clone", "--quiet", releases, clone)
    shipped = clone / "template"
    project, locked = shipped / "pyproject.toml.jinja", shipped / "package-lock.json"
    boto3 = Python(ROOT).pins()["boto3"]
    for version in (OLD, NEWER, HIGHER):
        for name in ("boto3", "botocore"):
            edit(project.parent, project.name, f'"{name}=={boto3}"', f'"{name}=={BOTO3[version]}"')
        Npm(shipped).write({"aws-cdk": CDK[version]})
        lock = json.loads(locked.read_text(encoding="utf-8"))
        lock["packages"][""]["devDependencies"]["aws-cdk"] = CDK[version]
        cli = lock["packages"]["node_modules/aws-cdk"]
        cli["version"] = CDK[version]
        cli.pop("integrity", None)
        locked.write_text(f"{json.dumps(lock, indent=2)}\n", encoding="utf-8")
        boto3 = BOTO3[version]
        publish(clone, f"v{version}", **{VERIFICATION: NO_CHECKS})
    return clone


def pinned(service: Path) -> dict[str, str]:
    """Return the pins in the files that the installers read."""
    versions = {**Python(service).pins(), **Npm(service).pins()}
    return {name: versions[name] for name in ("boto3", "botocore", "aws-cdk")}


def summary(service: Path) -> str:
    return (service / ".cache/update/summary.md").read_text(encoding="utf-8")


@exhaustive.MARK
def test_a_raised_pin_is_kept_until_the_template_catches_up(
    templates: Path, tmp_path: Path
) -> None:
    service = generate(templates, f"v{OLD}", tmp_path / "service", {"stacks": []})
    raised = task(service, "pins", *WANTED)
    assert raised.returncode == 0, raised.stdout
    commit_all(service, "Raise")
    locked = (service / "uv.lock").read_text(encoding="utf-8")
    assert 'name = "boto3"\nversion = "1.44.6"' in locked
    assert pinned(service) == {"boto3": "1.44.6", "botocore": "1.44.6", "aws-cdk": "2.1147.0"}

    kept = update(service, f"--vcs-ref=v{NEWER}")

    assert kept.returncode == 0, kept.stdout
    assert "- boto3 is raised to 1.44.6; the template has 1.44.5.\n" in summary(service)
    assert "- aws-cdk is raised to 2.1147.0; the template has 2.1146.1.\n" in summary(service)
    take(service, f"template-update-{NEWER}")
    assert pinned(service) == {"boto3": "1.44.6", "botocore": "1.44.6", "aws-cdk": "2.1147.0"}
    integrity = json.loads((service / "package-lock.json").read_text(encoding="utf-8"))
    assert integrity["packages"]["node_modules/aws-cdk"]["integrity"].startswith("sha512-")
    listed = task(service, "pins")
    assert listed.returncode == 0, listed.stdout
    assert "boto3 is raised to 1.44.6; the template has 1.44.5." in listed.stdout

    caught_up = update(service, f"--vcs-ref=v{HIGHER}")

    assert caught_up.returncode == 0, caught_up.stdout
    assert "- boto3 was raised to 1.44.6 here; the template has 1.44.6 now.\n" in summary(service)
    assert "- aws-cdk was raised to 2.1147.0 here; the template has 2.1148.1 now." in summary(
        service
    )
    take(service, f"template-update-{HIGHER}")
    fresh = generate(templates, f"v{HIGHER}", tmp_path / "fresh", {"stacks": []})
    for file in ("pyproject.toml", "package.json", "package-lock.json"):
        assert (service / file).read_bytes() == (fresh / file).read_bytes(), file
    assert not (service / PINS_FILE).exists()
    assert "No pin is raised." in task(service, "pins").stdout
