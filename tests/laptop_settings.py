"""A small service, and configurations of git with which a user updates it.

The small template has this template's questions and updater and few other files, so that an update
takes seconds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import copier
import pytest

from tests.programs import OWN_PROGRAMS, ROOT, commit_all, git, run

LEFTOVERS = shutil.ignore_patterns("__pycache__")
PACKAGE = "kit/src/aws_service_kit"
UPDATER = "template/kit/src"
# Modules of the kit that the updater imports.
IMPORTED = (
    "*.py",
    "controls/organisation.*",
    "controls/evidence/resource_types.py",
    "dev/default_branch.py",
    "dev/file_lock.py",
)
BEFORE, AFTER = "v100.0.0", "v101.0.0"
NEXT_BRANCH = "next"
BRANCH = f"template-update-{AFTER[1:]}"
SHIPPED, ADDED, OURS = f"{PACKAGE}/dev/deployment_targets.py", "docs/ação.md", "src/ours.py"
COPIED = (
    ".gitignore",
    "dev.py",
    "tooling/migrations.toml",
    "tooling/ownership.toml",
    SHIPPED,
    "{{_copier_conf.answers_file}}.jinja",
)
PERSON = "Ana <ana@example.com>"
IDENTITY = {"user.name": "Ana", "user.email": "ana@example.com"}
# The updater of the later release runs no checks, and can simulate a locked signing key.
NO_CHECKS = '''"""Run no checks."""

import os
from pathlib import Path

def set_up(home: object) -> None:
    """Install nothing."""

def put_in_order(home: object) -> None:
    """Leave the order as it is."""

def differences(root: object, home: object, folder: object) -> list[object]:
    return []

def check(home: object) -> None:
    if "LOCKED" in os.environ:
        Path(os.environ["LOCKED"]).touch()
'''
MIGRATION = '''"""List the files that git tracks."""

from pathlib import Path

from migrations.rewriting import tracked


def migrate(home: Path) -> list[object]:
    names = sorted(map(str, tracked(home)))
    (home / "src" / "tracked.txt").write_text("\\n".join(names), encoding="utf-8")
    return []
'''
LISTED = """
[[migrations]]
name = "tracked"
release = "101.0.0"
summary = "Anota cada ação"
file = "v101_0_0/tracked.py"
"""
PROGRAMS = {
    "refuse": "#!/bin/sh\ntouch '{folder}/ran'\nexit 1\n",
    "deny": "#!/bin/sh\necho 'no secret key' >&2\nexit 1\n",
    # It reports that no file has changed.
    "monitor": "#!/bin/sh\nprintf 'token\\0'\n",
    "sign": "#!/bin/sh\n[ -e '{folder}/locked' ] && echo 'the key is locked' >&2 && exit 1\n"
    'exec ssh-keygen "$@"\n',
}
FILES = {
    "ignored": "*.md\n*.txt\nsrc/\ntooling/\n",
    "attributes": "* -text\n*.py text eol=crlf diff=nothing\n",
    "broken": "[user\n",
}
HOOKS = (
    "applypatch-msg",
    "commit-msg",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "pre-commit",
    "prepare-commit-msg",
    "reference-transaction",
)


@dataclass(frozen=True)
class Row:
    """A configuration and the result of an update.

    Attributes:
        settings: Settings of git's global configuration, with `{folder}` for that of `PROGRAMS`;
            an empty value omits a setting.
        variables: Environment variables.
        prepare: Changes the service before the update.
        error: The expected error; empty if the update works.
        launched: Whether the launcher runs too, and not only the release's updater.
        options: Options of the command line.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Path], object] = lambda _: None
    error: str = ""
    launched: bool = False
    options: tuple[str, ...] = ()


def copy_updater(folder: Path) -> None:
    """Copy this working copy's updater to a folder."""
    package, copy = ROOT / "template" / PACKAGE, folder / PACKAGE
    shutil.copytree(package / "update", copy / "update", ignore=LEFTOVERS)
    for pattern in IMPORTED:
        for module in package.glob(pattern):
            here = copy / module.relative_to(package)
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, here)
            (here.parent / "__init__.py").touch()


@pytest.fixture(scope="session")
def small_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template of two releases with this one's questions and updater, and few other files."""
    clone = tmp_path_factory.mktemp("template") / "template"
    clone.mkdir()
    for name in ("copier.yml", "organisation.yml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, clone / name)
    for name in ("extensions", "migrations"):
        shutil.copytree(ROOT / name, clone / name, ignore=LEFTOVERS)
    shipped = clone / "template"
    copy_updater(shipped)
    for name in COPIED:
        (shipped / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "template" / name, shipped / name)
    git(clone.parent, "init", "--quiet", "--initial-branch=main", clone)
    listed = clone / "migrations/release.toml"
    text = listed.read_text(encoding="utf-8")
    head, _, _ = text.partition("\n[[migrations]]")
    _release(clone, BEFORE, {"migrations/release.toml": head})
    changed = (shipped / SHIPPED).read_text(encoding="utf-8")
    changed = changed.replace('"""', '"""Changed by the template.\n\n', 1)
    release = head.replace(f'release = "{_release_of(head)}"', 'release = "101.0.0"', 1)
    _release(
        clone,
        AFTER,
        {
            f"template/{SHIPPED}": changed,
            f"template/{ADDED}": "# Ação\n",
            "CHANGELOG.md": "# Changes\n\n## 101.0.0\n\n- A ação.\n",
            f"template/{PACKAGE}/update/verification.py": NO_CHECKS,
            "template/tooling/migrations.toml": 'release = "101.0.0"\n',
            "migrations/release.toml": release + LISTED,
            "migrations/v101_0_0/tracked.py": MIGRATION,
        },
    )
    git(clone, "branch", NEXT_BRANCH)
    return clone


def _release(clone: Path, version: str, files: Mapping[str, str]) -> None:
    """Commit files of the template, and tag the commit."""
    for path, content in files.items():
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text(content, encoding="utf-8")
    commit_all(clone, version)
    git(clone, "tag", version)


def _release_of(text: str) -> str:
    (line,) = (line for line in text.splitlines() if line.startswith("release = "))
    return line.split('"')[1]


@pytest.fixture(scope="session")
def small_service(small_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service of the earlier release with the team's work, without an identity for commits."""
    service = tmp_path_factory.mktemp("made") / "service"
    copier.run_copy(
        str(small_template),
        service,
        vcs_ref=BEFORE,
        data={"stacks": []},
        defaults=True,
        unsafe=True,
        quiet=True,
    )
    git(service.parent, "init", "--quiet", "--initial-branch=main", service)
    with (service / SHIPPED).open("a", encoding="utf-8") as file:
        file.write("\n\nOURS = True\n")
    (service / OURS).parent.mkdir()
    (service / OURS).write_text("OURS = 'ação'\n", encoding="utf-8")
    answers = service / ".copier-answers.yml"
    text = answers.read_text(encoding="utf-8")
    # Copier caches clones of templates that aren't folders.
    url = f"_src_path: file://{small_template}/.git"
    answers.write_text(text.replace(f"_src_path: {small_template}", url), encoding="utf-8")
    assert url in answers.read_text(encoding="utf-8")
    commit_all(service, "The team's work")
    return service


@dataclass(frozen=True)
class Desk:
    """A service and a user's configuration of git."""

    service: Path
    folder: Path
    template: Path

    def configure(self, settings: Mapping[str, str]) -> None:
        """Write the user's configuration."""
        for name, value in {**IDENTITY, **settings}.items():
            if value:
                command = ("config", "--file", self.folder / "gitconfig", self._filled(name))
                git(self.folder, *command, self._filled(value))

    def update(self, row: Row, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the updater of the later release, or the launcher, in the row's shell."""
        updater = (
            "aws_service_kit.update.updater",
            "--root",
            self.service,
            "--template",
            self.template,
        )
        module = ("aws_service_kit.update",) if row.launched else updater
        path = (
            [self.service / "kit/src"] if row.launched else [self.template / UPDATER, self.template]
        )
        # The git and the task of this test run aren't the user's.
        neutral = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GIT_", "POE_"))
        }
        variables = {
            **neutral,
            "PATH": os.pathsep.join([str(OWN_PROGRAMS), os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": str(self.folder),
            **{name: self._filled(value) for name, value in row.variables.items()},
        }
        arguments = ("python", "-P", "-m", *module, *(options or ("--defaults",)), *row.options)
        return run(self.service, *arguments, environment=variables)

    def assert_nothing_is_left(self) -> None:
        """Assert that no file of an update in progress is left."""
        assert not (self.service / ".cache/updater").exists()
        left = sorted(path.name for path in (self.service / ".cache").glob("update/*"))
        assert left in ([], ["summary.md"])
        assert not (self.folder / "ran").exists(), "a program of the configuration ran"

    def _filled(self, text: str) -> str:
        places = {"folder": self.folder, "service": self.service, "template": self.template}
        for name, place in places.items():
            text = text.replace(f"{{{name}}}", str(place))
        return text

    def reason(self, row: Row) -> str:
        """Return the expected error of a row."""
        return self._filled(row.error)


@pytest.fixture
def desk(small_service: Path, small_template: Path, tmp_path: Path) -> Desk:
    """A copy of the service, with programs and files for configurations."""
    folder, service = tmp_path / "configured", tmp_path / "service"
    shutil.copytree(small_service, service, symlinks=True)
    folder.mkdir()
    for name, text in PROGRAMS.items():
        (folder / name).write_text(text.replace("{folder}", str(folder)), encoding="utf-8")
        (folder / name).chmod(0o755)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    for hooks in (folder / "hooks", folder / "repository/hooks"):
        hooks.mkdir(parents=True)
        for name in HOOKS:
            shutil.copy(folder / "refuse", hooks / name)
    (folder / "repository/info").mkdir()
    shutil.copy(folder / "ignored", folder / "repository/info/exclude")
    shutil.copy(folder / "attributes", folder / "repository/info/attributes")
    git(folder, "init", "--quiet", "other")
    key = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key")
    assert run(folder, *key).returncode == 0
    return Desk(service, folder, small_template)


def snapshot(service: Path) -> dict[str, bytes]:
    """Return everything that an update may not change: files, branches, settings, work trees."""
    found = {
        path.relative_to(service): path.read_bytes()
        for path in service.rglob("*")
        if path.is_file()
    }
    in_git = ("HEAD", "config", "refs", "worktrees")
    return {
        path.as_posix(): content
        for path, content in found.items()
        if path.parts[0] != ".cache"
        and "__pycache__" not in path.parts
        and (path.parts[0] != ".git" or path.parts[1] in in_git)
    }
