"""Only authentic releases of the recorded template run: attacks on real repositories.

The launcher is the real one. The template is small: its updater and its extension leave a mark when
they run, so a rejected update must leave none.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import copier
import pytest
from aws_service_kit.update.authenticity import narrowed, origin_of, verify_recorded
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import Git
from aws_service_kit.update.service import inspect

from tests import exhaustive
from tests.conftest import Render
from tests.programs import ROOT, commit_all, git, run
from tests.releases import HERE
from tests.service_checks import task
from tests.team_services import edit, generate, publish
from tests.test_update import update as update_by_copier
from tests.test_updater import state
from tests.test_workflows import TEMPLATE, script_of

ANSWERS, RECORD = ".copier-answers.yml", "tooling/template.toml"
MAINTAINER, STRANGER = "maintainer", "stranger"
FAILED = 1
NEWEST = "v1.1.0"
# Code that the updater runs: that of the release, and that of the recorded version.
UPDATER = """
import os, subprocess, sys
from pathlib import Path

def git(*arguments):
    command = ["git", "-C", sys.argv[sys.argv.index("--template") + 1], *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout

Path(os.environ["MARK"]).touch()
answers = Path(sys.argv[sys.argv.index("--root") + 1], ".copier-answers.yml").read_text("utf-8")
recorded = answers.split("_commit: ")[1].split()[0]
exec(git("show", f"{recorded}:extension.py"))
print("TAKEN", git("describe", "--tags"))
"""
LAUNCH = """
import os, sys
from dataclasses import replace
from pathlib import Path
from aws_service_kit.update import authenticity
from aws_service_kit.update.launcher import main

signers = tuple(os.environ.get("ORGANISATION_SIGNERS", "").splitlines())
authenticity.ORGANISATION = replace(authenticity.ORGANISATION, signers=signers)
sys.exit(main(sys.argv[1:], Path.cwd()))
"""
EXTENSION = """
import os
from pathlib import Path

Path(os.environ["MARK"]).touch()
"""
RELEASE = """
release = "1.0.0"
updates_from = "1.0.0"

[updater]
path = "."
module = "updater"
"""


@dataclass
class World:
    """A template with releases, a service with a remote, keys of a maintainer and a stranger."""

    folder: Path
    template: Path = field(init=False)
    service: Path = field(init=False)
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.template, self.service = self.folder / "template", self.folder / "service"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(TEMPLATE),
            "MARK": str(self.folder / "mark"),
            "HOME": str(self.folder),
            "GIT_CONFIG_GLOBAL": str(self.folder / ".gitconfig"),
        }
        for name in (MAINTAINER, STRANGER):
            options = ("-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.folder / name)
            assert run(self.folder, "ssh-keygen", *options).returncode == 0
        git(self.folder, "init", "--quiet", "--initial-branch=main", self.template)
        for path, text in {
            "updater.py": UPDATER,
            "extension.py": EXTENSION,
            "migrations/release.toml": RELEASE,
            "migrations/requirements.txt": "",
        }.items():
            (self.template / path).parent.mkdir(exist_ok=True)
            (self.template / path).write_text(text, encoding="utf-8")
        self.commit("1.0.0")
        self.tag("v1.0.0")
        self.commit("1.1.0")
        self.tag("v1.1.0")
        origin = self.folder / "origin.git"
        git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", origin)
        git(self.folder, "clone", "--quiet", origin, self.service)
        self.write(ANSWERS, f"_commit: v1.0.0\n_src_path: {self.template}\n")
        self.record()
        self.push()

    # The template.

    def commit(self, message: str) -> str:
        (self.template / "version.txt").write_text(message, encoding="utf-8")
        commit_all(self.template, message)
        return git(self.template, "rev-parse", "HEAD").strip()

    def propose(self, branch: str = "proposal") -> str:
        """Commit on an unmerged branch."""
        git(self.template, "switch", "--quiet", "--create", branch)
        commit = self.commit("proposed")
        git(self.template, "switch", "--quiet", "main")
        return commit

    def tag(self, name: str, target: str = "HEAD", *options: str, signer: str = "") -> None:
        """Create a tag: lightweight, annotated, or signed with an SSH key."""
        signing = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={self.folder / signer}"]
        signed = ["--sign", "--message", name] if signer else []
        git(self.template, *signing, "tag", "--force", *signed, *options, name, target)

    def signer(self, name: str) -> str:
        key = (self.folder / f"{name}.pub").read_text(encoding="utf-8").strip()
        return f'{name}@example.com namespaces="git" {key}'

    # The service.

    def write(self, path: str, text: str) -> None:
        (self.service / path).parent.mkdir(exist_ok=True)
        (self.service / path).write_text(text, encoding="utf-8")
        commit_all(self.service, path)

    def record(self, *signers: str, template: Path | str = "") -> None:
        """Write `tooling/template.toml`; signers are names of keys."""
        allowed = [self.signer(each) for each in signers]
        text = f"source = '{template or self.template}'\nsigners = {[*allowed]!r}\n"
        self.write(RECORD, text)

    def answer(self, *, commit: str = "v1.0.0", template: Path | str = "") -> None:
        self.write(ANSWERS, f"_commit: {commit}\n_src_path: {template or self.template}\n")

    def push(self) -> None:
        git(self.service, "push", "--quiet", "origin", "HEAD")
        git(self.service, "remote", "set-head", "origin", "--auto")

    def branch(self) -> None:
        git(self.service, "switch", "--quiet", "--create", "feature")

    def demand(self, *signers: str) -> None:
        """Allow signers on the default branch."""
        self.record(*(signers or (MAINTAINER,)))
        self.push()

    def copy_of_a_stranger(self) -> Path:
        """Create another template with the same releases."""
        copy = self.folder / "stranger-template"
        git(self.folder, "clone", "--quiet", self.template, copy)
        return copy

    # The update.

    def update(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-c", LAUNCH, "--defaults", *arguments)
        environment = {**self.environment, **variables}
        return run(self.service, *command, environment=environment)

    @property
    def ran(self) -> bool:
        """Whether code of the template has run."""
        return (self.folder / "mark").exists()


@pytest.fixture
def world(tmp_path: Path) -> World:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen isn't installed, so nothing can be signed")
    folder = tmp_path / "world"
    folder.mkdir()
    return World(folder)


# ==================================================================================================
# Attacks
# ==================================================================================================


def commit_given(world: World) -> list[str]:
    return ["--vcs-ref", world.propose()]


def commit_recorded(world: World) -> list[str]:
    world.answer(commit=world.propose())
    return []


def commit_recorded_and_current(world: World) -> list[str]:
    return [*commit_recorded(world), "--vcs-ref=:current:"]


def branch_given(world: World) -> list[str]:
    world.propose()
    return ["--vcs-ref=proposal"]


def branch_recorded(world: World) -> list[str]:
    world.propose()
    world.answer(commit="proposal")
    return []


def branch_like_a_version(world: World) -> list[str]:
    world.propose("v7.0.0")
    return ["--vcs-ref=v7.0.0"]


def default_branch(world: World) -> list[str]:
    world.commit("not released")
    return ["--vcs-ref=HEAD"]


def commit_between_releases(world: World) -> list[str]:
    commit = world.commit("not released")
    world.answer(commit=f"v1.1.0-1-g{commit[:7]}")
    return []


def expression_recorded(world: World) -> list[str]:
    world.propose()
    world.answer(commit="v1.1.0^{/proposed}")
    return []


def newest_tag_off_the_branch(world: World) -> list[str]:
    world.tag("v7.0.0", world.propose())
    return []


def recorded_tag_off_the_branch(world: World) -> list[str]:
    world.tag("v0.9.0", world.propose())
    world.answer(commit="v0.9.0")
    return []


def tag_moved_off_the_branch(world: World) -> list[str]:
    world.tag(NEWEST, world.propose())
    return []


def tag_that_is_no_version(world: World) -> list[str]:
    world.tag("nightly")
    return ["--vcs-ref=nightly"]


def no_tags(world: World) -> list[str]:
    git(world.template, "tag", "--delete", "v1.0.0", "v1.1.0")
    return []


def other_template(world: World) -> list[str]:
    world.answer(template=world.copy_of_a_stranger())
    world.push()
    return []


def other_template_on_a_branch(world: World) -> list[str]:
    world.branch()
    return other_template(world)


def other_template_and_file_on_a_branch(world: World) -> list[str]:
    stranger = world.copy_of_a_stranger()
    world.branch()
    world.answer(template=stranger)
    world.record(template=stranger)
    return []


def tag_called_as_the_default_branch(world: World) -> list[str]:
    other_template_and_file_on_a_branch(world)
    git(world.service, "tag", "origin/HEAD")
    git(world.service, "tag", "origin/main")
    return []


def file_deleted_on_a_branch(world: World) -> list[str]:
    world.branch()
    git(world.service, "rm", "--quiet", RECORD)
    world.answer(template=world.copy_of_a_stranger())
    return []


def other_template_where_none_is_recorded(world: World) -> list[str]:
    git(world.service, "rm", "--quiet", RECORD)
    world.answer()
    world.push()
    world.branch()
    world.answer(template=world.copy_of_a_stranger())
    return []


def other_template_where_the_default_branch_is_master(world: World) -> list[str]:
    git(world.service, "branch", "--quiet", "--move", "master")
    git(world.service, "push", "--quiet", "origin", "master")
    git(world.service, "remote", "set-head", "origin", "--delete")
    git(world.service, "update-ref", "-d", "refs/remotes/origin/main")
    return other_template_and_file_on_a_branch(world)


def misspelt_signers(world: World) -> list[str]:
    world.write(RECORD, f"source = '{world.template}'\nsigner = ['{world.signer(MAINTAINER)}']\n")
    world.push()
    return []


def lightweight(world: World) -> list[str]:
    world.demand()
    return []


def annotated(world: World) -> list[str]:
    world.tag(NEWEST, "HEAD", "--annotate", "--message", "1.1.0")
    world.demand()
    return []


def signed_by_a_stranger(world: World) -> list[str]:
    world.tag(NEWEST, signer=STRANGER)
    world.demand()
    return []


def signature_under_another_name(world: World) -> list[str]:
    world.tag("v1.0.0", "v1.0.0", signer=MAINTAINER)
    git(world.template, "update-ref", "refs/tags/v7.0.0", "refs/tags/v1.0.0")
    world.demand()
    return ["--vcs-ref=v7.0.0"]


def signed_tag_replaced(world: World) -> list[str]:
    world.tag(NEWEST, signer=MAINTAINER)
    world.commit("merged, and never released")
    world.tag(NEWEST)
    world.demand()
    return []


def signed_off_the_branch(world: World) -> list[str]:
    world.tag("v7.0.0", world.propose(), signer=MAINTAINER)
    world.demand()
    return []


def signers_of_the_template(world: World) -> list[str]:
    (world.template / "tooling").mkdir()
    text = f"source = '{world.template}'\nsigners = [{world.signer(STRANGER)!r}]\n"
    for path in (RECORD, "allowed_signers", ".gitconfig"):
        (world.template / path).write_text(text, encoding="utf-8")
    world.commit("1.2.0")
    world.tag("v1.2.0", signer=STRANGER)
    world.demand()
    return []


def signers_of_a_branch(world: World) -> list[str]:
    world.tag(NEWEST, signer=STRANGER)
    world.demand()
    world.branch()
    world.record(MAINTAINER, STRANGER)
    return []


def signers_removed_on_a_branch(world: World) -> list[str]:
    world.demand()
    world.branch()
    world.record()
    return []


def signers_not_committed(world: World) -> list[str]:
    """An ignored file isn't a change, so the file with the signers is read from commits."""
    world.tag(NEWEST, signer=STRANGER)
    world.demand()
    git(world.service, "update-index", "--assume-unchanged", RECORD)
    text = f"source = '{world.template}'\nsigners = [{world.signer(STRANGER)!r}]\n"
    (world.service / RECORD).write_text(text, encoding="utf-8")
    return []


def signers_of_personal_settings(world: World) -> list[str]:
    (world.folder / "own").write_text(world.signer(STRANGER) + "\n", encoding="utf-8")
    settings = f'[gpg]\nformat = ssh\n[gpg "ssh"]\nallowedSignersFile = {world.folder / "own"}\n'
    (world.folder / ".gitconfig").write_text(settings, encoding="utf-8")
    return signed_by_a_stranger(world)


def recorded_unsigned_and_newer(world: World) -> list[str]:
    world.tag("v1.0.0", "v1.0.0", signer=MAINTAINER)
    world.demand()
    world.answer(commit=NEWEST)
    return ["--vcs-ref=v1.0.0"]


def current_unsigned(world: World) -> list[str]:
    world.tag(NEWEST, signer=MAINTAINER)
    world.demand()
    return ["--vcs-ref=:current:"]


NOT_A_RELEASE = "isn't a release of the template"
OFF = "isn't on the template's default branch"
UNSIGNED = f"isn't signed by a signer that {RECORD} of origin/HEAD allows"
OTHER = f"{ANSWERS} names the template"
BRANCH = "This branch names the template"
ELSEWHERE = "{stranger}, but"
ATTACKS: dict[Callable[[World], list[str]], str] = {
    commit_given: NOT_A_RELEASE,
    commit_recorded: f"in {ANSWERS} {NOT_A_RELEASE}",
    commit_recorded_and_current: NOT_A_RELEASE,
    branch_given: NOT_A_RELEASE,
    branch_recorded: NOT_A_RELEASE,
    branch_like_a_version: NOT_A_RELEASE,
    default_branch: NOT_A_RELEASE,
    commit_between_releases: NOT_A_RELEASE,
    expression_recorded: NOT_A_RELEASE,
    newest_tag_off_the_branch: OFF,
    recorded_tag_off_the_branch: f"in {ANSWERS} {OFF}",
    tag_moved_off_the_branch: OFF,
    tag_that_is_no_version: NOT_A_RELEASE,
    no_tags: NOT_A_RELEASE,
    other_template: OTHER,
    other_template_on_a_branch: OTHER,
    other_template_and_file_on_a_branch: f"{BRANCH} {ELSEWHERE} origin/HEAD names",
    tag_called_as_the_default_branch: BRANCH,
    file_deleted_on_a_branch: BRANCH,
    other_template_where_none_is_recorded: BRANCH,
    other_template_where_the_default_branch_is_master: f"{BRANCH} {ELSEWHERE} origin/master names",
    misspelt_signers: f"{RECORD} of HEAD can't be read",
    lightweight: UNSIGNED,
    annotated: UNSIGNED,
    signed_by_a_stranger: "No principal matched",
    signature_under_another_name: f"{UNSIGNED}: it is the tag v1.0.0",
    signed_tag_replaced: UNSIGNED,
    signed_off_the_branch: OFF,
    signers_of_the_template: UNSIGNED,
    signers_of_a_branch: UNSIGNED,
    signers_removed_on_a_branch: UNSIGNED,
    signers_not_committed: UNSIGNED,
    signers_of_personal_settings: UNSIGNED,
    recorded_unsigned_and_newer: UNSIGNED,
    current_unsigned: UNSIGNED,
}


def assert_rejected(world: World, *arguments: str, reason: str, **variables: str) -> None:
    """Assert that an update is rejected in one line, runs no code and changes nothing."""
    before = state(world.service)

    result = world.update(*arguments, **variables)

    assert result.returncode == FAILED, result.stdout
    errors = [line for line in result.stdout.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, result.stdout
    assert result.stdout.endswith(errors[0] + "\n"), "more than one line"
    assert reason.format(stranger=world.folder / "stranger-template") in errors[0]
    assert not world.ran
    assert state(world.service) == before
    assert not any((world.service / ".cache").glob("update*"))


@pytest.mark.parametrize(
    ("attack", "reason"), ATTACKS.items(), ids=lambda each: getattr(each, "__name__", "")
)
def test_an_attack_is_rejected_in_one_line_before_code_runs(
    world: World, attack: Callable[[World], list[str]], reason: str
) -> None:
    arguments = attack(world)
    assert_rejected(world, "--defaults", *arguments, reason=reason)


@pytest.fixture
def keyring() -> Iterator[Path]:
    """A GnuPG keyring that trusts a stranger's key; its sockets need a short path."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg isn't installed, so there is no keyring")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = {**os.environ, "GNUPGHOME": folder}
        command = (
            "gpg",
            "--batch",
            "--quiet",
            "--passphrase",
            "",
            "--quick-generate-key",
            STRANGER,
        )
        made = run(home, *command, environment=environment)
        assert made.returncode == 0, made.stdout
        yield home
        run(home, "gpgconf", "--kill", "all", environment=environment)


def test_a_signer_of_the_users_keyring_is_not_allowed(world: World, keyring: Path) -> None:
    """Git chooses the program by the signature: https://github.com/benner/commit-guard/pull/84."""
    variables = {**world.environment, "GNUPGHOME": str(keyring)}
    identity = ("-c", f"user.name={STRANGER}", "-c", f"user.email={STRANGER}")
    tag = ("tag", "--force", "--sign", "--local-user", STRANGER, "--message", NEWEST, NEWEST)
    signed = run(world.template, "git", *identity, *tag, environment=variables)
    assert signed.returncode == 0, signed.stdout
    good = run(world.template, "git", "verify-tag", NEWEST, environment=variables)
    assert good.returncode == 0, "git accepts the signature"
    world.demand()
    assert_rejected(world, "--defaults", reason=UNSIGNED, GNUPGHOME=str(keyring))


@exhaustive.MARK
def test_the_real_updater_would_run_the_extension_of_the_recorded_commit(
    releases: Path, tmp_path: Path
) -> None:
    """With the real template: `_commit` is a commit that is no longer in any branch."""
    clone = tmp_path / "template"
    git(ROOT, "clone", "--quiet", releases, clone)
    mark = tmp_path / "mark"
    service = generate(clone, HERE, tmp_path / "service", {"stacks": []})
    git(clone, "switch", "--quiet", "--detach")
    with (clone / "extensions/naming.py").open("a", encoding="utf-8") as extension:
        extension.write(f"\nopen({str(mark)!r}, 'w').close()\n")
    commit_all(clone, "Planted")
    planted = git(clone, "rev-parse", "HEAD").strip()
    git(clone, "switch", "--quiet", "-")
    publish(clone, "v99.0.0", **{"template/docs/added.md": "<!-- Template-owned -->\n# Added\n"})
    edit(service, ANSWERS, f"_commit: {HERE}", f"_commit: {planted}")
    commit_all(service, "Forged")
    before = state(service)

    rejected = task(service, "update", "--defaults", "--pretend")

    assert rejected.returncode == FAILED, rejected.stdout
    assert NOT_A_RELEASE in rejected.stdout
    assert not mark.exists()
    assert state(service) == before
    task(service, "update", "--defaults", "--pretend", "--unreleased")
    assert mark.exists(), "without verification, the code doesn't run either"


@pytest.mark.parametrize("signed", [False, True])
def test_without_signers_a_recorded_commit_of_the_default_branch_is_accepted(
    world: World, *, signed: bool
) -> None:
    if signed:
        world.demand()
    commit = world.commit("Unreleased")
    service = replace(inspect(world.service), commit=commit)
    template = Git(world.template)
    if signed:
        with pytest.raises(UpdateError, match=NOT_A_RELEASE):
            verify_recorded(template, commit, service, origin_of(service))
    else:
        verify_recorded(template, commit, service, origin_of(service))
    proposed = replace(service, commit=world.propose())
    with pytest.raises(UpdateError, match="add --unreleased"):
        verify_recorded(template, proposed.commit, proposed, origin_of(proposed))


# ==================================================================================================
# What is allowed
# ==================================================================================================


def newest_release(_: World) -> list[str]:
    return []


def named_release(_: World) -> list[str]:
    return [f"--vcs-ref={NEWEST}"]


def recorded_release(_: World) -> list[str]:
    return ["--vcs-ref=:current:"]


def annotated_release(world: World) -> list[str]:
    world.tag(NEWEST, "HEAD", "--annotate", "--message", "1.1.0")
    return []


def prerelease(world: World) -> list[str]:
    world.commit("1.2.0rc1")
    world.tag("v1.2.0rc1")
    return ["--prereleases"]


def signed_release(world: World) -> list[str]:
    world.tag("v1.0.0", "v1.0.0", signer=MAINTAINER)
    world.tag(NEWEST, signer=MAINTAINER)
    world.demand(STRANGER, MAINTAINER)
    return []


def signed_after_unsigned_releases(world: World) -> list[str]:
    world.tag(NEWEST, signer=MAINTAINER)
    world.demand()
    return []


def no_template_file(world: World) -> list[str]:
    """A service of 1.6.0, in which only the answers contain the template's address."""
    git(world.service, "rm", "--quiet", RECORD)
    world.answer()
    world.push()
    world.branch()
    return []


def adopted_on_a_branch(world: World) -> list[str]:
    """The default branch isn't made from a template yet."""
    world.branch()
    git(world.service, "switch", "--quiet", "main")
    git(world.service, "rm", "--quiet", ANSWERS, RECORD)
    (world.service / "README.md").write_text("Before the template\n", encoding="utf-8")
    commit_all(world.service, "Before the template")
    world.push()
    git(world.service, "switch", "--quiet", "feature")
    return []


def moved_by_a_reviewed_change(world: World) -> list[str]:
    moved = world.copy_of_a_stranger()
    world.answer(template=moved)
    world.record(template=moved)
    world.push()
    return []


def template_with_another_default_branch(world: World) -> list[str]:
    git(world.template, "branch", "--quiet", "--move", "main", "develop")
    return []


def template_without_a_branch(world: World) -> list[str]:
    """As in GitHub's checkout of a pull request."""
    git(world.template, "switch", "--quiet", "--detach")
    return []


ALLOWED: dict[Callable[[World], list[str]], str] = {
    newest_release: NEWEST,
    named_release: NEWEST,
    recorded_release: "v1.0.0",
    annotated_release: NEWEST,
    prerelease: "v1.2.0rc1",
    signed_release: NEWEST,
    signed_after_unsigned_releases: NEWEST,
    no_template_file: NEWEST,
    adopted_on_a_branch: NEWEST,
    moved_by_a_reviewed_change: NEWEST,
    template_with_another_default_branch: NEWEST,
    template_without_a_branch: NEWEST,
}


@pytest.mark.parametrize(
    ("prepare", "taken"), ALLOWED.items(), ids=lambda each: getattr(each, "__name__", "")
)
def test_an_authentic_release_runs(
    world: World, prepare: Callable[[World], list[str]], taken: str
) -> None:
    result = world.update("--defaults", *prepare(world))
    assert result.returncode == 0, result.stdout
    assert f"TAKEN {taken}\n" in result.stdout
    assert world.ran
    assert "isn't known here" not in result.stdout


A, B, C = (f'{name}@x namespaces="git" ssh-ed25519 AAAA{name}+/=' for name in "abc")


@pytest.mark.parametrize(
    ("service", "organisation", "left"),
    [
        ((A, B), (), (A, B)),
        ((A, B), (B, C), (B,)),
        # Only keys are compared. Names and options are those of the service.
        ((A,), ("other@x ssh-ed25519 AAAAa+/= a comment",), (A,)),
        ((), (A,), (A,)),
        ((), (), ()),
    ],
)
def test_the_organisation_narrows_the_signers(
    service: tuple[str, ...], organisation: tuple[str, ...], left: tuple[str, ...]
) -> None:
    assert narrowed(service, organisation) == left


@pytest.mark.parametrize("service", [(A,), ("a@x ssh-ed25519",)])
def test_without_a_common_signer_updates_are_rejected(
    service: tuple[str, ...],
) -> None:
    with pytest.raises(UpdateError, match="The organisation allows none of the signers"):
        narrowed(service, (B,))


def test_a_release_signed_by_a_signer_outside_the_organisation_is_rejected(world: World) -> None:
    signed = signed_release(world)
    world.demand()
    assert world.update(*signed, ORGANISATION_SIGNERS=world.signer(STRANGER)).returncode != 0
    assert not world.ran
    allowed = world.update(*signed, ORGANISATION_SIGNERS=world.signer(MAINTAINER))
    assert allowed.returncode == 0, allowed.stdout
    assert world.ran


def test_a_service_without_a_remote_is_compared_with_itself(world: World) -> None:
    git(world.service, "remote", "remove", "origin")
    result = world.update("--defaults")
    assert result.returncode == 0, result.stdout
    assert "The default branch of `origin` isn't known here" in result.stdout
    world.answer(template=world.copy_of_a_stranger())
    assert OTHER in world.update("--defaults").stdout


@pytest.mark.parametrize("version", ["HEAD", "proposal"])
def test_an_unreleased_version_needs_an_option(world: World, version: str) -> None:
    world.propose()
    world.commit("not released")
    result = world.update("--defaults", "--unreleased", f"--vcs-ref={version}")
    assert result.returncode == 0, result.stdout
    assert "--unreleased: the template's code isn't verified" in result.stdout
    assert world.ran


def test_the_option_accepts_no_other_template(world: World) -> None:
    other_template(world)
    assert_rejected(world, "--defaults", "--unreleased", reason=OTHER)


def test_no_workflow_uses_the_option() -> None:
    files = [*TEMPLATE.glob(".github/**/*.yml"), TEMPLATE / "poe_tasks.toml"]
    assert len(files) > 1
    assert [file for file in files if "unreleased" in file.read_text(encoding="utf-8")] == []


# ==================================================================================================
# In the weekly workflow
# ==================================================================================================

ADDRESS = "https://github.com/acme/template"


def in_the_workflow(world: World) -> dict[str, str]:
    """Run the workflow's steps that pass the template from one job to the next.

    Returns:
        Environment variables with which the update finds the copy.
    """
    clone = world.folder / "checkout"
    git(
        world.folder,
        "clone",
        "--quiet",
        "--depth=1",
        f"file://{world.folder / 'origin.git'}",
        clone,
    )
    # The state after actions/checkout.
    git(clone, "remote", "set-head", "origin", "--delete")
    world.service = clone
    (world.folder / "bin").mkdir()
    world.template.with_suffix(".git").symlink_to(world.template / ".git")
    stub = world.folder / "bin" / "gh"
    stub.write_text("#!/bin/sh\n", encoding="utf-8")
    stub.chmod(0o755)
    for job, step in (
        ("template", "Fetch the template"),
        ("update", "Put the copy in the template's place"),
    ):
        temporary = world.folder / f"runner-{job}"
        (temporary / "template").mkdir(parents=True)
        settings = temporary / ".gitconfig"
        if job == "template":
            settings.write_text(f'[url "{world.template}"]\ninsteadOf = {ADDRESS}\n', "utf-8")
        else:
            bundle = world.folder / "runner-template" / "template.bundle"
            shutil.copy(bundle, temporary / "template")
        variables = {
            "RUNNER_TEMP": str(temporary),
            "GIT_CONFIG_GLOBAL": str(settings),
            "PATH": f"{stub.parent}:{os.environ['PATH']}",
        }
        script = script_of(TEMPLATE / ".github/workflows/update.yml", job, step)
        done = run(
            clone,
            "bash",
            "-eo",
            "pipefail",
            "-c",
            script,
            environment={**world.environment, **variables},
        )
        assert done.returncode == 0, done.stdout
    return {"GIT_CONFIG_GLOBAL": variables["GIT_CONFIG_GLOBAL"]}


@pytest.mark.parametrize("source", [ADDRESS, f"{ADDRESS}.git", "gh:acme/template"])
def test_the_copy_of_the_workflow_is_verified(world: World, source: str) -> None:
    world.tag(NEWEST, signer=MAINTAINER)
    world.propose("a-branch")
    world.answer(template=source)
    world.record(MAINTAINER, template=source)
    world.push()
    result = world.update("--defaults", **in_the_workflow(world))
    assert result.returncode == 0, result.stdout
    assert f"TAKEN {NEWEST}\n" in result.stdout


def recorded_in_the_workflow(world: World) -> str:
    world.answer(commit=world.propose(), template=ADDRESS)
    return NOT_A_RELEASE


def tagged_in_the_workflow(world: World) -> str:
    world.tag("v7.0.0", world.propose())
    return OFF


def unsigned_in_the_workflow(world: World) -> str:
    world.record(MAINTAINER, template=ADDRESS)
    return UNSIGNED.replace("origin/HEAD", "origin/main")


def elsewhere_in_the_workflow(world: World) -> str:
    world.answer(template="gh:acme/template")
    return OTHER


@pytest.mark.parametrize(
    "attack",
    [
        recorded_in_the_workflow,
        tagged_in_the_workflow,
        unsigned_in_the_workflow,
        elsewhere_in_the_workflow,
    ],
)
def test_an_attack_is_rejected_in_the_workflow(
    world: World, attack: Callable[[World], str]
) -> None:
    world.answer(template=ADDRESS)
    world.record(template=ADDRESS)
    reason = attack(world)
    world.push()
    assert_rejected(world, "--defaults", reason=reason, **in_the_workflow(world))


# ==================================================================================================
# tooling/template.toml
# ==================================================================================================


def test_a_new_service_has_the_address_of_its_template(
    service: Path, template_source: Path
) -> None:
    assert tomllib.loads((service / RECORD).read_text(encoding="utf-8")) == {
        "source": str(template_source),
        "signers": [],
    }


def test_an_existing_service_gets_the_file_by_a_migration(service: Path, tmp_path: Path) -> None:
    migrate = importlib.import_module("migrations.v1_6_1.template_record").migrate
    home = tmp_path / "service"
    for path in (ANSWERS, "tooling/ownership.toml"):
        (home / path).parent.mkdir(exist_ok=True, parents=True)
        shutil.copy(service / path, home / path)

    (leftover,) = migrate(home)

    assert (home / RECORD).read_bytes() == (service / RECORD).read_bytes()
    lines = (home / RECORD).read_text(encoding="utf-8").splitlines()
    assert lines[leftover.line - 1].startswith("source = ")
    (home / RECORD).write_text("ours", encoding="utf-8")
    assert migrate(home) == []
    assert (home / RECORD).read_text(encoding="utf-8") == "ours"


@exhaustive.MARK
def test_neither_an_update_nor_a_copy_changes_the_file(releases: Path, tmp_path: Path) -> None:
    clone = tmp_path / "template"
    git(ROOT, "clone", "--quiet", releases, clone)
    edit(clone, f"template/{RECORD}.jinja", "signers = []", "signers = ['stranger']")
    publish(clone, "v99.0.0")
    service = generate(clone, HERE, tmp_path / "service", {"stacks": []})
    before = (service / RECORD).read_bytes()
    assert b"signers = []" in before

    update_by_copier(service, version="v99.0.0")
    assert git(service, "status", "--porcelain"), "nothing was updated"
    assert (service / RECORD).read_bytes() == before
    copier.run_copy(
        str(clone),
        service,
        vcs_ref="v99.0.0",
        defaults=True,
        overwrite=True,
        unsafe=True,
        quiet=True,
    )
    assert (service / RECORD).read_bytes() == before


def test_changes_of_the_file_need_code_owners(render: Render) -> None:
    service = render({"organisation": "acme", "owner_team": "Orders"})
    lines = (service / ".github/CODEOWNERS").read_text(encoding="utf-8").splitlines()
    rules = dict(line.split() for line in lines if not line.startswith("#"))
    guarded = [
        "/.copier-answers.yml",
        "/.gitattributes",
        "/.github/",
        "/kit/",
        "/tooling/kit.toml",
        f"/{RECORD}",
    ]
    assert list(rules)[-len(guarded) :] == guarded, "the last matching line applies"
    assert {rules[path] for path in guarded} == {"@acme/orders"}
