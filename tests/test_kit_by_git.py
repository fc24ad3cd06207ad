"""A service uses the kit by git or from its folder, and can switch between them."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests import exhaustive
from tests.digest import write_digests
from tests.programs import ROOT, commit_all, git, run, without_own_environment
from tests.published import URL, Published
from tests.releases import HERE
from tests.service_checks import PYTHON, mypy_cache
from tests.team_services import NO_CHECKS, edit, publish

BY_GIT = {"kit": "git"}
BEFORE_THE_KIT, LATER = "v1.6.1", "v99.0.0"
KIT = "kit/src/aws_service_kit"
PATCHED, ADDED = f"{KIT}/constructs/queue.py", f"{KIT}/constructs/ours.py"
RUNTIME = "template/kit/src/aws_service_kit/runtime/ids.py"
BRANCH = f"template-update-{LATER[1:]}"
REJECTED = (
    "kit=git needs a template that other machines can read: make the service from the template's "
    "URL (https:// or ssh), or answer kit=vendored"
)


@pytest.fixture(scope="module")
def clone(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the releases with one more, whose updater runs no checks."""
    clone = tmp_path_factory.mktemp("clone") / "template"
    git(ROOT, "clone", "--quiet", releases, clone)
    without_checks = {"template/kit/src/aws_service_kit/update/verification.py": NO_CHECKS}
    publish(clone, LATER, **without_checks)
    return clone


@pytest.fixture(scope="module")
def published(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Published:
    return Published.of(clone, tmp_path_factory.mktemp("published"))


def files(folder: Path) -> dict[str, str]:
    """Return the committed files."""
    return {path: git(folder, "show", f"HEAD:{path}") for path in tracked(folder)}


def tracked(folder: Path) -> list[str]:
    return [path for path in git(folder, "ls-files", "-z").split("\0") if path]


def kit_source(service: Path) -> Mapping[str, object]:
    settings = tomllib.loads((service / "pyproject.toml").read_text(encoding="utf-8"))
    source: Mapping[str, object] = settings["tool"]["uv"]["sources"]["aws-service-kit"]
    return source


def test_by_git_a_service_has_the_releases_commit_instead_of_the_folder(
    published: Published, tmp_path: Path
) -> None:
    vendored = published.service(LATER, tmp_path / "vendored", {})
    service = published.service(LATER, tmp_path / "by git", BY_GIT)

    commit = git(tmp_path, "ls-remote", published.folder / "acme" / "template.git", LATER).split()[
        0
    ]
    place = {"git": URL, "rev": commit, "subdirectory": "template/kit"}
    assert kit_source(service) == place
    assert kit_source(vendored) == {"path": "kit", "editable": True}
    theirs, ours = files(vendored), files(service)
    assert {path for path in theirs if path not in ours} == {
        path for path in theirs if path.startswith("kit/") or path == "tooling/kit.toml"
    }
    assert {path for path in ours if ours[path] != theirs.get(path)} == {
        ".copier-answers.yml",
        "AGENTS.md",
        "README.md",
        "pyproject.toml",
    }
    address = f"(https://git.invalid/acme/template/blob/{commit}/template/kit/guides/onboarding.md)"
    assert address in ours["README.md"]
    assert "(kit/guides/onboarding.md)" in theirs["README.md"]


def test_a_local_template_is_rejected_in_one_line(tmp_path: Path) -> None:
    """The task `new` uses a local template, whose commits may be unpublished."""
    service = tmp_path / "service"
    command = (sys.executable, ROOT / "dev.py", "new", service, "--defaults", "--data", "kit=git")
    done = run(tmp_path, *command, environment=without_own_environment())
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == f"error: {REJECTED}"
    assert not service.exists()


@pytest.mark.parametrize("form", ["{}", "git+file://{}/.git"])
def test_copier_rejects_a_local_template(form: str, releases: Path, tmp_path: Path) -> None:
    copier = (sys.executable, "-m", "copier", "copy", "--trust", "--defaults", "--quiet")
    source = form.format(releases)
    done = run(tmp_path, *copier, f"--vcs-ref={HERE}", "--data=kit=git", source, tmp_path / "made")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [REJECTED]
    assert not (tmp_path / "made").exists()


@exhaustive.MARK
def test_a_service_changes_to_git_and_back(
    clone: Path, published: Published, tmp_path: Path
) -> None:
    service = published.service(LATER, tmp_path / "service", {})
    edit(service, "pyproject.toml", "dev = []", 'dev = ["rich"]')
    commit_all(service, "The team's work")
    before = files(service)

    taken = published.update(clone, service, "--data=kit=git")

    assert taken.returncode == 0, taken.stdout
    git(service, "merge", "--quiet", BRANCH)
    git(service, "branch", "--quiet", "--delete", BRANCH)
    assert not [path for path in tracked(service) if path.startswith("kit/")]
    assert not (service / "kit").exists()
    assert kit_source(service)["git"] == URL
    assert 'dev = ["rich"]' in (service / "pyproject.toml").read_text(encoding="utf-8")

    back = published.update(clone, service, "--data=kit=vendored")

    assert back.returncode == 0, back.stdout
    git(service, "merge", "--quiet", BRANCH)
    assert files(service) == before


@exhaustive.MARK
def test_a_patched_kit_cannot_be_removed(clone: Path, published: Published, tmp_path: Path) -> None:
    service = published.service(LATER, tmp_path / "service", {})
    with (service / PATCHED).open("a", encoding="utf-8") as file:
        file.write("\nOURS = True\n")
    (service / ADDED).write_text('"""Ours."""\n', encoding="utf-8")
    # A deleted file contains no work.
    (service / "kit/guides/costs.md").unlink()
    commit_all(service, "The team's work")
    before = files(service)

    rejected = published.update(clone, service, "--data=kit=git")

    assert rejected.returncode == 1, rejected.stdout
    assert f"  {ADDED}: added\n  {PATCHED}: changed\n" in rejected.stdout
    assert "costs.md" not in rejected.stdout
    assert rejected.stdout.endswith("Nothing was changed.\n")
    assert files(service) == before
    assert git(service, "status", "--porcelain") == ""
    assert git(service, "branch", "--list").split() == ["*", "main"]
    assert git(service, "worktree", "list").count("\n") == 1


@exhaustive.MARK
def test_a_service_without_the_kit_can_update_to_the_kit_by_git(
    clone: Path, published: Published, tmp_path: Path
) -> None:
    service = published.service(BEFORE_THE_KIT, tmp_path / "service", {})
    patched = service / "infrastructure/components/queue.py"
    theirs = patched.read_text(encoding="utf-8")
    patched.write_text(f"{theirs}\nOURS = True\n", encoding="utf-8")
    commit_all(service, "The team's work")

    rejected = published.update(clone, service, "--data=kit=git")

    assert rejected.returncode == 1, rejected.stdout
    assert f"  {PATCHED}: changed\n" in rejected.stdout
    assert "update with kit=vendored, which adds that folder" in rejected.stdout
    assert git(service, "branch", "--list").split() == ["*", "main"]

    patched.write_text(theirs, encoding="utf-8")
    commit_all(service, "The release's again")

    taken = published.update(clone, service, "--data=kit=git")

    assert taken.returncode == 0, taken.stdout
    git(service, "merge", "--quiet", BRANCH)
    assert not [path for path in tracked(service) if path.startswith("kit/")]
    assert not [path for path in tracked(service) if path.startswith("infrastructure/components/")]
    assert kit_source(service)["git"] == URL


class Team:
    """A team with a service, and the commands of `dev.py`."""

    def __init__(self, service: Path, published: Published) -> None:
        self.service = service
        self.variables = {
            **without_own_environment(),
            **published.variables,
            "MYPY_CACHE_DIR": str(mypy_cache()),
        }

    def run(self, *arguments: str) -> str:
        """Run a command, assert that it succeeds, and return its output."""
        done = run(self.service, PYTHON, "dev.py", *arguments, environment=self.variables)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}"
        return done.stdout

    def begin(self) -> None:
        """Set the service up, and commit the derived files."""
        self.run("setup")
        self.run("derive")
        commit_all(self.service, "Derived")

    def take(self, *options: str) -> str:
        """Update and merge; return the summary."""
        said = self.run("update", "--defaults", *options)
        branch = git(self.service, "branch", "--list", "template-update-*").strip()
        git(self.service, "merge", "--quiet", branch)
        git(self.service, "branch", "--quiet", "--delete", branch)
        self.run("setup")
        assert git(self.service, "status", "--porcelain") == ""
        return said

    def synthesized(self) -> dict[str, bytes]:
        """Synthesize every environment; return the templates and the functions' bundle."""
        self.run("synth")
        assembly, bundles = self.service / "cdk.out", self.service / ".cache" / "bundle"
        found = [*assembly.rglob("*.template.json"), *assembly.rglob("*.assets.json")]
        (bundle,) = bundles.glob("bundle-*")
        paths = (*found, *filter(Path.is_file, bundle.rglob("*")))
        return {str(path.relative_to(self.service)): path.read_bytes() for path in paths}

    def packages(self) -> set[tuple[str, str]]:
        """Return the packages in the functions' bundle, as the task `sbom` lists them."""
        self.run("sbom")
        text = (self.service / ".cache" / "sbom.json").read_text(encoding="utf-8")
        return {(each["name"], each["version"]) for each in json.loads(text)["components"]}

    def derived(self) -> dict[str, str]:
        """Return the derived documents."""
        names = ("openapi.json", "architecture.md", "configuration.md", "controls.md")
        docs = self.service / "docs"
        paths = [*(docs / name for name in names), *(docs / "runbooks").glob("*.md")]
        return {path.relative_to(docs).as_posix(): path.read_text("utf-8") for path in paths}


@pytest.fixture(scope="module")
def with_a_later_one(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The releases and one more, which changes a module of the kit's runtime."""
    clone = tmp_path_factory.mktemp("later") / "template"
    git(ROOT, "clone", "--quiet", releases, clone)
    edit(clone, "CHANGELOG.md", "## ", "## 99.0.0 - 2099-01-01\n\nIds are the same.\n\n## ")
    edit(clone, RUNTIME, '"""', '"""Ids.\n\n')
    write_digests(clone / "template")
    publish(clone, LATER)
    return Published.of(clone, tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def teams(
    with_a_later_one: Published, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Team, Team]]:
    """A team with the kit's folder, and a team with the kit by git, otherwise equal."""
    folder = tmp_path_factory.mktemp("teams")
    both = [
        Team(with_a_later_one.service(HERE, folder / kit, {"kit": kit}), with_a_later_one)
        for kit in ("vendored", "git")
    ]
    for team in both:
        team.begin()
    vendored, by_git = both
    yield vendored, by_git
    by_git.run("local-stop")


@exhaustive.MARK
def test_both_ways_give_the_same_templates_bundles_and_documents(teams: tuple[Team, Team]) -> None:
    vendored, by_git = teams
    built = by_git.synthesized()
    assert built == vendored.synthesized()
    assert by_git.derived() == vendored.derived()
    assert by_git.packages() == vendored.packages()
    bundled = {Path(name).parts[3] for name in built if name.startswith(f".cache{os.sep}")}
    assert {"aws_service_kit", "sdk_data", "service"} <= bundled
    assert not [name for name in bundled if name.startswith("aws_service_kit-")]
    folders = {Path(name).parts[4] for name in built if f"{os.sep}aws_service_kit{os.sep}" in name}
    assert folders <= {"__init__.py", "__pycache__", "runtime"}


@exhaustive.MARK
def test_a_service_without_the_folder_passes_its_checks_and_runs(teams: tuple[Team, Team]) -> None:
    _, by_git = teams
    by_git.run("check")
    by_git.run("local")
    assert by_git.run("local-call", "GET /health") == '200 {"status": "ok"}\n'
    by_git.run("local-stop")


@exhaustive.MARK
def test_a_service_updates_by_git_and_switches_to_the_folder_and_back(
    teams: tuple[Team, Team],
) -> None:
    _, team = teams
    before = team.synthesized()

    said = team.take()
    assert "Ids are the same." in said
    taken = team.synthesized()
    changed = {name for name in taken if taken[name] != before.get(name)}
    assert [name for name in changed if name.endswith("runtime/ids.py")]

    team.take("--data=kit=vendored")
    assert (team.service / PATCHED).exists()
    assert team.synthesized() == taken

    team.take("--data=kit=git")
    assert not (team.service / PATCHED).exists()
    assert team.synthesized() == taken
