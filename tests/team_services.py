"""Services under git, created from releases of the template and edited as by teams."""

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

import copier
import yaml

from tests.answers import Answers
from tests.programs import ROOT, commit_all, git
from tests.releases import HERE
from tests.test_ownership import key_of, owners


def generate(releases: Path, version: str, service: Path, answers: Answers | None = None) -> Path:
    """Create a service under git from a release, as a team does."""
    made = _make(releases, version, json.dumps(answers or {}))
    shutil.copytree(made, service, symlinks=True)
    return service


@cache
def _make(releases: Path, version: str, answers: str) -> Path:
    """Create a service to be copied, since Copier takes seconds."""
    service = Path(tempfile.mkdtemp(dir=releases.parent), "service")
    copier.run_copy(
        str(releases),
        service,
        vcs_ref=version,
        data=json.loads(answers),
        defaults=True,
        unsafe=True,
        quiet=True,
    )
    begin(service)
    return service


def begin(service: Path) -> None:
    """Put a folder under git, with an identity for commits."""
    git(service.parent, "init", "--quiet", "--initial-branch=main", service)
    git(service, "config", "user.name", "team")
    git(service, "config", "user.email", "team@localhost")
    commit_all(service, "Begin")


def answers_of(service: Path) -> Answers:
    """Return the recorded answers, without Copier's entries."""
    text = (service / ".copier-answers.yml").read_text(encoding="utf-8")
    return {name: answer for name, answer in yaml.safe_load(text).items() if name[0] != "_"}


def service_owned(service: Path) -> dict[str, bytes]:
    """Return the service-owned files."""
    return owned_by("service", service)


def template_owned(service: Path) -> dict[str, bytes]:
    """Return the template-owned files, without the recorded answers."""
    found = owned_by("template", service)
    return {path: content for path, content in found.items() if path != ".copier-answers.yml"}


def owned_by(owner: str, service: Path) -> dict[str, bytes]:
    """Return the files of an owner, without those that git ignores."""
    keys = owners()
    listed = git(service, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return {
        path: (service / path).read_bytes()
        for path in listed.split("\0")
        if keys.get(key_of(path, keys) or "") == owner and (service / path).is_file()
    }


def edit(service: Path, path: str, old: str, new: str) -> None:
    """Replace a text in a file, which must contain it."""
    text = (service / path).read_text(encoding="utf-8")
    assert old in text, path
    (service / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def export(releases: Path, version: str, folder: Path) -> Path:
    """Unpack a release without its history, as from a ZIP."""
    archive = folder / "template.zip"
    git(releases, "archive", "--output", archive, version)
    shutil.unpack_archive(archive, folder / "exported")
    return folder / "exported"


def publish(clone: Path, version: str, **files: str | None) -> None:
    """Commit files of the template, tag that as a release; None deletes a file."""
    for path, content in files.items():
        file = clone / path
        if content is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    commit_all(clone, version)
    git(clone, "tag", version)


# Replaces the updater's module, so that an update ends before a set-up.
NO_CHECKS = '''"""Run no checks."""

def set_up(home: object) -> None:
    """Install nothing."""

def put_in_order(home: object) -> None:
    """Leave the order as it is."""

def differences(root: object, home: object, folder: object) -> list[object]:
    return []

def check(home: object) -> None:
    """Check nothing."""
'''
VERIFICATION = "template/kit/src/aws_service_kit/update/verification.py"


def without_checks(releases: Path, folder: Path) -> Path:
    """Clone the releases; the updater of the newest one runs no checks."""
    clone = folder / "template"
    git(ROOT, "clone", "--quiet", releases, clone)
    (clone / VERIFICATION).write_text(NO_CHECKS, encoding="utf-8")
    commit_all(clone, "Without checks")
    git(clone, "tag", "--force", HERE)
    return clone
