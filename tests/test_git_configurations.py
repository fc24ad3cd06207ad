"""With any git configuration, an update works or is rejected with a one-line message.

Each row is a configuration. Without an expected error, it is honoured or neutralised by
template/kit/src/aws_service_kit/update/git.py.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from aws_service_kit.update.patches import parts_of

from migrations import scaffold_patch
from tests import exhaustive
from tests.laptop_settings import (
    ADDED,
    AFTER,
    BEFORE,
    BRANCH,
    NEXT_BRANCH,
    OURS,
    PERSON,
    SHIPPED,
    Desk,
    Row,
    snapshot,
)
from tests.programs import commit_all, git, run
from tests.team_services import edit
from tests.test_updater import WORK_LEFT

NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")


def _without_a_repository(service: Path) -> None:
    shutil.rmtree(service / ".git")


def _without_a_commit(service: Path) -> None:
    _without_a_repository(service)
    git(service, "init", "--quiet")


def _bare(service: Path) -> None:
    git(service, "config", "core.bare", "true")


def _with_sha256(service: Path) -> None:
    _without_a_repository(service)
    git(service, "init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    commit_all(service, "Begin")


def _with_an_untracked_file(service: Path) -> None:
    (service / "notes.txt").write_text("Not committed.\n", encoding="utf-8")


def _with_hooks(service: Path) -> None:
    hooks = service / ".git/hooks"
    shutil.rmtree(hooks, ignore_errors=True)
    shutil.copytree(service.parent / "configured/hooks", hooks)


def _on_master(service: Path) -> None:
    git(service, "branch", "--move", "master")


def _without_modes(service: Path) -> None:
    git(service, "config", "core.fileMode", "false")
    (service / "dev.py").chmod(0o755)


def _named_by_an_address(service: Path) -> None:
    answers = service / ".copier-answers.yml"
    text = answers.read_text(encoding="utf-8")
    address = "_src_path: https://example.invalid/acme/template.git"
    answers.write_text(re.sub(r"_src_path: .+", address, text), encoding="utf-8")
    commit_all(service, "Address")


NEUTRALISED = {
    "rerere": Row({"rerere.enabled": "true", "rerere.autoUpdate": "true"}),
    "failing hooks": Row({"core.hooksPath": "{folder}/hooks"}),
    "a template of repositories": Row({"init.templateDir": "{folder}/repository"}),
    "mixed line ends are rejected": Row({"core.safecrlf": "true"}),
    "a monitor that reports nothing": Row({"core.fsmonitor": "{folder}/monitor"}),
    "white space is an error": Row({"apply.whitespace": "error"}),
    "white space is ignored": Row({"apply.ignoreWhitespace": "change"}),
    "branches follow others": Row({"branch.autoSetupMerge": "always"}),
    "files are ignored": Row({"core.excludesFile": "{folder}/ignored"}),
    "attributes": Row({"core.attributesFile": "{folder}/attributes"}),
    "no local template": Row({"protocol.file.allow": "never"}),
    "no bare repository": Row({"safe.bareRepository": "explicit"}),
    "submodules too": Row({"submodule.recurse": "true"}),
    "Latin-1": Row({"i18n.commitEncoding": "ISO-8859-1"}),
    "colours": Row({"color.ui": "always"}),
    "columns": Row({"column.ui": "always"}),
    "quoted paths": Row({"core.quotePath": "true"}),
    "an order that isn't there": Row({"diff.orderFile": "{folder}/nowhere"}),
    "diffs of a program": Row({"diff.external": "{folder}/refuse"}),
    "diffs without prefixes": Row({"diff.noprefix": "true"}),
    "diffs with other prefixes": Row({"diff.mnemonicPrefix": "true"}),
    "tags are signed": Row({"tag.gpgSign": "true", "gpg.program": "{folder}/refuse"}),
    "clean-ups": Row({"gc.auto": "1", "gc.pruneExpire": "now", "gc.autoDetach": "false"}),
    "push and pull": Row({"push.default": "nothing", "pull.rebase": "true"}),
    "comments are stripped": Row({"commit.cleanup": "strip", "core.commentChar": "T"}),
    "advice": Row({"advice.statusHints": "false", "advice.detachedHead": "false"}),
    "an old protocol": Row({"protocol.version": "0"}),
}


def together(rows: Mapping[str, Row]) -> Row:
    """Merge the settings of rows."""
    return Row({name: value for row in rows.values() for name, value in row.settings.items()})


ROWS = {
    "nothing": Row(),
    "everything that is neutralised": together(NEUTRALISED),
    **NEUTRALISED,
    "untracked files aren't shown": Row({"status.showUntrackedFiles": "no"}),
    "an untracked file that isn't shown": Row(
        {"status.showUntrackedFiles": "no"},
        prepare=_with_an_untracked_file,
        error="Uncommitted changes, which the update can't use; commit or stash them first:\n"
        "  ?? notes.txt",
    ),
    "hooks of the repository": Row(prepare=_with_hooks),
    "SHA-256 by default": Row(variables={"GIT_DEFAULT_HASH": "sha256"}, launched=True),
    "SHA-256 in the service": Row(prepare=_with_sha256),
    "SHA-256 in both": Row(variables={"GIT_DEFAULT_HASH": "sha256"}, prepare=_with_sha256),
    "master by default": Row({"init.defaultBranch": "master"}),
    "master": Row(prepare=_on_master),
    "line ends of Windows": Row({"core.autocrlf": "true"}),
    "line ends of Windows, too": Row({"core.eol": "crlf"}),
    "modes aren't looked at": Row(prepare=_without_modes),
    "conflicts with the base": Row({"merge.conflictStyle": "zdiff3"}),
    "another language": Row(variables={"LC_ALL": "C.UTF-8", "LANGUAGE": "de"}),
    "another repository": Row(
        variables={
            "GIT_DIR": "{folder}/other/.git",
            "GIT_WORK_TREE": "{folder}/other",
            "GIT_INDEX_FILE": "{folder}/other/.git/index",
        },
        launched=True,
    ),
    "in a hook": Row(
        variables={
            "GIT_DIR": ".git",
            "GIT_INDEX_FILE": ".git/index",
            "GIT_PREFIX": "",
            "GIT_REFLOG_ACTION": "commit",
            "GIT_CONFIG_PARAMETERS": "'core.hookspath'='{folder}/hooks'",
        },
    ),
    "objects elsewhere": Row(
        variables={"GIT_OBJECT_DIRECTORY": "{folder}/objects", "GIT_NAMESPACE": "other"}
    ),
    "variables of diffs and paths": Row(
        variables={"GIT_EXTERNAL_DIFF": "{folder}/refuse", "GIT_LITERAL_PATHSPECS": "1"}
    ),
    "a variable for a template of repositories": Row(
        variables={"GIT_TEMPLATE_DIR": "{folder}/repository"}
    ),
    "protocols of the shell": Row(variables={"GIT_ALLOW_PROTOCOL": "https:ssh"}),
    "settings of the shell": Row(
        variables={
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "core.hooksPath",
            "GIT_CONFIG_VALUE_0": "{folder}/hooks",
        }
    ),
    "another name for the origin": Row(
        {"clone.defaultRemoteName": "upstream"},
        launched=True,
        options=(f"--vcs-ref={NEXT_BRANCH}",),
    ),
    "an address elsewhere": Row(
        {"url.file://{template}/.git.insteadOf": "https://example.invalid/acme/template.git"},
        prepare=_named_by_an_address,
        launched=True,
    ),
    "an identity of the configuration only": Row({"user.useConfigOnly": "true"}),
    "no identity": Row(
        {"user.useConfigOnly": "true", "user.email": ""},
        error="git can't commit here: Author identity unknown (git suggests `git config --global "
        'user.email "you@example.com"`; `git config --global user.name "Your Name"`). Nothing was '
        "changed.",
    ),
    "a signature that fails": Row(
        {"commit.gpgSign": "true", "gpg.program": "{folder}/deny"},
        error="git can't commit here: gpg failed to sign the data",
    ),
    "no program for signatures": Row(
        {"commit.gpgSign": "true", "gpg.program": "{folder}/nowhere"},
        error="git can't commit here: cannot run {folder}/nowhere: No such file or directory",
    ),
    "no key for signatures": Row(
        {"commit.gpgSign": "true", "gpg.format": "ssh", "user.signingKey": "{folder}/nowhere"},
        error="git can't commit here: ",
    ),
    "a signature": Row(
        {
            "commit.gpgSign": "true",
            "gpg.format": "ssh",
            "gpg.ssh.program": "{folder}/sign",
            "user.signingKey": "{folder}/key",
        }
    ),
    "another owner": Row(
        variables={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"},
        error="git can't be used here: detected dubious ownership in repository at '{service}' "
        "(git suggests `git config --global --add safe.directory {service}`). Nothing was changed.",
        launched=True,
    ),
    "another, trusted owner": Row(
        {"safe.directory": "*"}, {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}, launched=True
    ),
    "no repository": Row(
        prepare=_without_a_repository,
        error="An update needs git: `git init -b main`, and commit everything.",
        launched=True,
    ),
    "no commit": Row(
        prepare=_without_a_commit,
        error="An update needs git: `git init -b main`, and commit everything.",
    ),
    "no working tree": Row(
        prepare=_bare,
        error="git can't be used here: this operation must be run in a work tree",
    ),
    "a configuration that can't be read": Row(
        variables={"GIT_CONFIG_GLOBAL": "{folder}/broken"},
        error="git can't be used here: bad config line 1 in file {folder}/broken",
        launched=True,
    ),
}
# These cover a part of each of the others.
QUICK = {
    "everything that is neutralised",
    "SHA-256 by default",
    "SHA-256 in the service",
    "line ends of Windows",
    "another language",
    "another repository",
    "a signature",
    *(name for name, row in ROWS.items() if row.error),
}


def assert_taken(service: Path) -> None:
    """Assert that the update's branch is correct with any configuration of git."""
    assert git(service, "status", "--porcelain") == ""

    def there(path: str) -> str:
        return git(service, "show", f"{BRANCH}:{path}")

    merged = there(SHIPPED)
    assert "Changed by the template." in merged
    assert merged.endswith("OURS = True\n")
    assert there(ADDED) == "# Ação\n"
    assert {ADDED, OURS, SHIPPED} <= set(there("src/tracked.txt").splitlines())
    commits = git(service, "log", "--format=%an <%ae> %s", f"HEAD..{BRANCH}").splitlines()
    assert commits == [
        f"{PERSON} Template {BEFORE} to {AFTER}",
        f"{PERSON} Migration tracked: Anota cada ação",
        f"{PERSON} Merge template {AFTER}",
    ]
    assert "\n- A ação.\n" in git(service, "log", "-1", "--format=%B", BRANCH)
    assert run(service, "git", "grep", "--quiet", "\r", BRANCH).returncode == 1
    assert run(service, "git", "config", "--get", f"branch.{BRANCH}.merge").returncode == 1


@pytest.mark.parametrize("name", exhaustive.all_but(QUICK, ROWS))
def test_an_update_works_or_is_rejected_in_one_line(desk: Desk, name: str) -> None:
    row, service = ROWS[name], desk.service
    desk.configure(row.settings)
    row.prepare(service)
    before = snapshot(service)

    result = desk.update(row)

    assert "Traceback" not in result.stdout
    if row.error:
        assert result.returncode == 1, result.stdout
        assert f"error: {desk.reason(row)}" in result.stdout
    else:
        assert result.returncode == 0, result.stdout
        assert_taken(service)
        signed = "gpg.ssh.program" in row.settings
        for commit in git(service, "rev-list", f"HEAD..{BRANCH}").split():
            assert ("gpgsig" in git(service, "cat-file", "commit", commit)) == signed
        git(service, *NO_HOOKS, "branch", "--quiet", "-D", BRANCH)
    assert snapshot(service) == before
    desk.assert_nothing_is_left()


@pytest.mark.parametrize(
    "settings",
    [
        {"rerere.enabled": "true", "rerere.autoUpdate": "true"},
        pytest.param({"merge.conflictStyle": "zdiff3"}, marks=exhaustive.MARK),
    ],
    ids=min,
)
def test_a_conflict_is_reported_each_time(desk: Desk, settings: Mapping[str, str]) -> None:
    service, row = desk.service, Row(settings)
    desk.configure(settings)
    edit(service, SHIPPED, '"""', '"""Changed by the team.\n\n')
    commit_all(service, "A conflict")
    before = snapshot(service)
    tree = service / ".cache/update/tree"
    for _ in range(2):
        result = desk.update(row)
        assert result.returncode == WORK_LEFT, result.stdout
        assert f"  {SHIPPED}: you and the template changed the same lines" in result.stdout
        git(tree, "add", SHIPPED)
        marked = desk.update(row, "--continue")
        assert f"Conflict markers are left in:\n  {SHIPPED}" in marked.stdout

        # The user's git remembers the resolution.
        remember = ("-c", "rerere.enabled=true", "rerere")
        git(tree, "checkout", "--quiet", "--merge", "--", SHIPPED)
        git(tree, *remember)
        git(tree, "checkout", "--quiet", "--ours", "--", SHIPPED)
        git(tree, *remember)
        git(tree, "add", SHIPPED)
        result = desk.update(row, "--continue")
        assert result.returncode == 0, result.stdout
        assert "Changed by the team." in git(service, "show", f"{BRANCH}:{SHIPPED}")
        git(service, *NO_HOOKS, "branch", "--quiet", "-D", BRANCH)
        assert snapshot(service) == before
        desk.assert_nothing_is_left()


def test_a_locked_signing_key_loses_no_work(desk: Desk) -> None:
    row = ROWS["a signature"]
    desk.configure(row.settings)
    locked = desk.folder / "locked"
    result = desk.update(Row(row.settings, {"LOCKED": str(locked)}))
    assert result.returncode == WORK_LEFT, result.stdout
    assert "error: `git commit` failed: the key is locked" in result.stdout
    assert "python3 dev.py update --continue" in result.stdout

    locked.unlink()
    result = desk.update(row, "--continue")
    assert result.returncode == 0, result.stdout
    assert_taken(desk.service)
    desk.assert_nothing_is_left()


def test_a_scaffold_patch_does_not_depend_on_the_configuration(
    small_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, path = tmp_path / "template", "src/service/domain/café.py"
    shutil.copytree(small_template, root)
    (root / "template" / path).parent.mkdir(parents=True)
    (root / "template" / path).write_text("OURS = 1\n", encoding="utf-8")
    commit_all(root, "A file of the scaffold")
    settings = {
        name: value
        for row in NEUTRALISED.values()
        for name, value in row.settings.items()
        if name.startswith(("diff.", "color."))
    }
    assert {"diff.external", "diff.noprefix", "color.ui"} <= settings.keys()
    for name, value in settings.items():
        git(tmp_path, "config", "--file", tmp_path / "gitconfig", name, value)
    plain = scaffold_patch.diff(root, "HEAD^", "HEAD")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    assert scaffold_patch.diff(root, "HEAD^", "HEAD") == plain
    assert [part.path for part in parts_of(plain)] == [path]
