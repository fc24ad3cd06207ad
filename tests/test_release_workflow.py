"""The release workflow's step, run by bash on a repository: created and signed tags."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.programs import ROOT, commit_all, git, run
from tests.test_workflows import script_of

WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
STEP = "Release the unreleased versions, each with its section of the changelog"
# A stub for the calls of GitHub, which logs its arguments and finds no release.
GH = """#!/bin/sh
echo "$*" >> "$GH_LOG"
case "$1 $2" in "release view") exit 1 ;; esac
"""
# The output of `python3 -m tests.releases`.
VERSIONS = """#!/bin/sh
echo "1.0.0 $COMMIT"
"""


@dataclass
class Repository:
    """A repository with an unreleased version, its remote, and a key."""

    folder: Path

    def __post_init__(self) -> None:
        origin, self.clone = self.folder / "origin.git", self.folder / "clone"
        git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", origin)
        git(self.folder, "clone", "--quiet", origin, self.clone)
        changes = "## 1.0.0 - 2026-01-01\n\nThe first one.\n"
        (self.clone / "CHANGELOG.md").write_text(changes, encoding="utf-8")
        commit_all(self.clone, "1.0.0")
        self.commit = git(self.clone, "rev-parse", "HEAD").strip()
        git(self.clone, "commit", "--quiet", "--allow-empty", "--message", "Later")
        git(self.clone, "push", "--quiet", "origin", "HEAD")
        self.log = self.folder / "gh.log"
        self.key = self.folder / "key"
        made = run(self.folder, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key)
        assert made.returncode == 0, made.stdout
        for name, text in (("gh", GH), ("python3", VERSIONS)):
            program = self.folder / "bin" / name
            program.parent.mkdir(exist_ok=True)
            program.write_text(text, encoding="utf-8")
            program.chmod(0o755)

    def release(self, *, signed: bool) -> CompletedProcess[str]:
        key = self.key.read_text(encoding="utf-8").strip() if signed else ""
        variables = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GH_LOG": str(self.log),
            "COMMIT": self.commit,
            "RUNNER_TEMP": str(self.folder),
            "SIGNING_KEY": key,
        }
        script = script_of(WORKFLOW, "release", STEP)
        command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
        return run(self.clone, *command, environment=variables)

    @property
    def tags(self) -> str:
        return git(self.clone, "ls-remote", "--tags", "origin")

    @property
    def created(self) -> list[str]:
        calls = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return [call for call in calls if call.startswith("release create")]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen isn't installed, so nothing can be signed")
    return Repository(tmp_path)


def test_with_a_key_the_tag_is_signed(repository: Repository) -> None:
    done = repository.release(signed=True)
    assert done.returncode == 0, done.stdout
    key = repository.key.with_suffix(".pub").read_text(encoding="utf-8")
    signers = repository.folder / "signers"
    signers.write_text(f"releases@example.com {key}", encoding="utf-8")
    allowed = f"gpg.ssh.allowedSignersFile={signers}"
    assert git(repository.clone, "-c", allowed, "verify-tag", "--format=%(tag)", "v1.0.0")
    assert f"{repository.commit}\trefs/tags/v1.0.0^{{}}" in repository.tags
    assert (repository.folder / "signing-key").stat().st_mode & 0o077 == 0
    (created,) = repository.created
    assert created.startswith(f"release create v1.0.0 --target {repository.commit} ")
    # A run that ended after the push is continued.
    again = repository.release(signed=True)
    assert again.returncode == 0, again.stdout
    assert len(repository.created) == 2


def test_without_a_key_github_creates_the_tag(repository: Repository) -> None:
    done = repository.release(signed=False)
    assert done.returncode == 0, done.stdout
    assert "::notice::Tags aren't signed" in done.stdout
    assert repository.tags == ""
    (created,) = repository.created
    assert created.startswith(f"release create v1.0.0 --target {repository.commit} ")


@pytest.mark.parametrize("signed", [True, False])
def test_a_tag_on_another_commit_is_not_released(repository: Repository, *, signed: bool) -> None:
    git(repository.clone, "tag", "v1.0.0", "HEAD")
    done = repository.release(signed=signed)
    assert done.returncode != 0
    assert f"::error::The tag v1.0.0 isn't on {repository.commit}" in done.stdout
    assert repository.created == []


def test_an_existing_tag_of_a_maintainer_is_used(repository: Repository) -> None:
    git(repository.clone, "tag", "--annotate", "--message", "By hand", "v1.0.0", repository.commit)
    git(repository.clone, "push", "--quiet", "origin", "v1.0.0")
    before = repository.tags
    done = repository.release(signed=True)
    assert done.returncode == 0, done.stdout
    assert repository.tags == before
    assert len(repository.created) == 1
