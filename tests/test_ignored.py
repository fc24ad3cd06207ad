"""Files of a service that a personal ignore file hides are reported."""

from pathlib import Path

import pytest

from tests.conftest import Render
from tests.programs import OWN_PROGRAMS, git, run
from tests.service_checks import environment

# Entries of widely used templates of ignore files, such as GitHub's.
PERSONAL = """
.DS_Store
.Python
.cache/
.env
.idea/
.venv
.vscode/*
*.egg-info/
*.log
*.swp
[Bb]in
[Ii]nclude
[Ll]ib
[Ll]ib64
[Ll]ocal
[Ss]cripts
build/
dist/
docs/_build/
env/
htmlcov/
lib/
logs
node_modules/
npm-debug.log*
out/
package-lock.json
target/
tmp/
uv.lock
"""
CHECK = "tests/unit/test_guideline.py"


@pytest.fixture
def repository(render: Render, tmp_path: Path) -> Path:
    """A new service under git, with a personal ignore file of many entries."""
    service = render({"stacks": ["api", "messaging", "events"]}, into=tmp_path / "service")
    (tmp_path / "ignore").write_text(PERSONAL, encoding="utf-8")
    git(service, "init", "--quiet")
    git(service, "config", "core.excludesFile", tmp_path / "ignore")
    return service


def test_a_service_is_committed_in_spite_of_a_personal_ignore_file(repository: Path) -> None:
    made = {
        path.relative_to(repository).as_posix()
        for path in repository.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(repository).parts
    }
    git(repository, "add", "--all")
    assert made - set(git(repository, "ls-files").splitlines()) == set()


def test_links_in_place_of_environments_and_caches_are_ignored(
    repository: Path, tmp_path: Path
) -> None:
    """A slash at the end matches only folders: https://github.com/Intrect-io/OpenSwarm/pull/601."""
    git(repository, "add", "--all")
    committed = git(repository, "ls-files")
    for name in (".cache", ".mypy_cache", ".ruff_cache", ".venv", "cdk.out", "node_modules"):
        (repository / name).symlink_to(tmp_path, target_is_directory=True)
    git(repository, "add", "--all")
    assert git(repository, "ls-files") == committed


def test_ignored_files_of_the_service_are_named(repository: Path, tmp_path: Path) -> None:
    check = (OWN_PROGRAMS / "pytest", "-p", "no:cacheprovider", CHECK)
    assert run(repository, *check, environment=environment()).returncode == 0

    with (tmp_path / "ignore").open("a", encoding="utf-8") as ignore:
        ignore.write("adapters\n")
    said = run(repository, *check, environment=environment())

    assert said.returncode == 1
    assert "src/service/adapters/ (by " in said.stdout
    assert "adapters" in said.stdout
