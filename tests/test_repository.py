"""Duplicate statements in this repository agree."""

import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from aws_service_kit.config.runtimes import DEPRECATION_DATES, NEWEST
from packaging.requirements import Requirement

from tests.organisation import questions, settings
from tests.programs import ROOT, git
from tests.releases import RELEASES, VERSION, commit_of


def project(path: Path) -> dict[str, Any]:
    """Parse a pyproject.toml, rendered or not, since Jinja is only in strings."""
    text = re.sub(r"{{.*?}}", '"-"', path.read_text(encoding="utf-8"))
    return tomllib.loads(text)


TEMPLATE = project(ROOT / "pyproject.toml")
SERVICE = project(ROOT / "template" / "pyproject.toml.jinja")


def pins(settings: dict[str, Any]) -> list[Requirement]:
    return [Requirement(pin) for pin in settings["tool"]["uv"]["constraint-dependencies"]]


def test_services_are_tested_with_the_versions_that_they_install() -> None:
    installed = {
        pin.name: version(pin.name)
        for pin in pins(SERVICE)
        if pin.marker is None and pin.name not in {"colorama", "pywin32"}
    }
    wanted = {pin.name: str(pin.specifier).removeprefix("==") for pin in pins(SERVICE)}
    assert installed == {name: wanted[name] for name in installed}


def test_the_set_up_installs_the_pinned_uv() -> None:
    hashed = (ROOT / "template" / "tooling" / "uv.txt").read_text(encoding="utf-8")
    versions = {str(pin) for settings in (TEMPLATE, SERVICE) for pin in pins(settings)}
    assert re.findall(r"^uv==\S+", hashed, re.MULTILINE) == [
        pin for pin in versions if pin.startswith("uv==")
    ]


def test_this_repository_and_services_have_the_same_tools() -> None:
    groups = SERVICE["dependency-groups"]
    assert groups["dev"] == []
    # The extras of the kit include its dependencies without extras.
    assert groups["runtime"] == ["aws-service-kit"]
    assert TEMPLATE["dependency-groups"]["service"] == groups["tooling"]


def test_the_kit_has_the_version_of_the_release() -> None:
    kit = project(ROOT / "template" / "kit" / "pyproject.toml")
    assert kit["project"]["version"] == TEMPLATE["project"]["version"]


def test_the_updater_is_tested_with_the_versions_that_it_installs() -> None:
    text = (ROOT / "migrations/requirements.txt").read_text(encoding="utf-8")
    listed = {
        (pin.name, str(pin.marker)): str(pin.specifier)
        for pin in map(Requirement, re.findall(r"^(\w.*?) \\$", text, re.MULTILINE))
    }
    wanted = {(pin.name, str(pin.marker)): str(pin.specifier) for pin in pins(TEMPLATE)}
    assert listed == {each: wanted[each] for each in listed}
    needed = set(TEMPLATE["dependency-groups"]["update"])
    assert needed <= {name for name, _ in listed}


def test_the_changelog_has_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (\S+) - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)
    assert headings[0] == TEMPLATE["project"]["version"]


def test_every_earlier_release_is_in_the_list() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    earlier = re.findall(r"^## (\S+) - ", changelog, re.MULTILINE)[1:]
    assert sorted(RELEASES) == sorted(earlier)


@pytest.mark.parametrize("release", [*RELEASES, VERSION])
def test_a_release_is_the_first_commit_with_its_version(release: str) -> None:
    commit = commit_of(release)
    if commit is None:
        pytest.skip(f"{release} isn't committed, or in a shallow clone: git fetch --unshallow")
    released = git(ROOT, "show", f"{commit}:pyproject.toml")
    assert tomllib.loads(released)["project"]["version"] == release


def test_no_committed_file_names_a_package_index() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    hosts = re.compile(rb"files\.pythonhosted|registry\.npmjs|(?<!\.)\bpypi\.org/simple")
    files = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    naming = [file.name for file in files if file.is_file() and hosts.search(file.read_bytes())]
    assert [name for name in naming if name != Path(__file__).name] == []


def test_the_runtimes_of_the_question_are_supported() -> None:
    assert set(questions()["lambda_runtime"]["choices"]) <= set(DEPRECATION_DATES)
    assert settings()["answers"]["lambda_runtime"] == NEWEST
