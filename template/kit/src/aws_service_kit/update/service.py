"""The service to update, and the conditions for an update."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import NO_REPOSITORY, Git
from aws_service_kit.update.tree_entries import SUBMODULE, entries_of

ANSWERS = ".copier-answers.yml"
MARKERS = ("<<<<<<< ", ">>>>>>> ")


@dataclass(frozen=True)
class ServiceCheckout:
    """A service in a clean working tree.

    Attributes:
        root: The service's folder.
        prefix: The folder's path in the repository; `.` if it is the repository's root.
        branch: The current branch.
        template: The template's URL or absolute path.
        commit: The template's version of the last copy or update.
        answers: The recorded answers.
        clone: A clone of the template to render from; with None, Copier fetches the template.
        home: The service's folder on the update's branch; None before it exists.
    """

    root: Path
    prefix: Path
    branch: str
    template: str
    commit: str
    answers: dict[str, Any]
    clone: Path | None = None
    home: Path | None = None

    @property
    def git(self) -> Git:
        """Git in the service's folder, on the update's branch if it exists."""
        return Git(self.home or self.root)

    @property
    def object_format(self) -> str:
        """The repository's hash algorithm: `sha1` or `sha256`."""
        return self.git("rev-parse", "--show-object-format").strip()

    def branch_off(self, tree: Path, branch: str) -> ServiceCheckout:
        """Check out the service on a new branch in another folder.

        Args:
            tree: The folder, which must not exist.
            branch: The branch, which must not exist.

        Raises:
            UpdateError: Git fails.
        """
        self.git("worktree", "add", "--quiet", "-b", branch, tree, "HEAD")
        _require_committed_contents(Git(tree))
        fill_submodules(Path(self.git("rev-parse", "--show-toplevel").strip()), tree)
        return replace(self, home=tree / self.prefix)


def fill_submodules(source: Path, tree: Path) -> None:
    """Check out submodules from those in another working tree, without network access.

    Args:
        source: The service's working tree. Submodules that aren't checked out there stay empty.
        tree: Another working tree of the same commit.

    Raises:
        UpdateError: Git fails.
    """
    for path, entry in entries_of(Git(tree)).items():
        if entry.mode == SUBMODULE and (source / path / ".git").exists():
            Git(tree)("clone", "--quiet", "--shared", "--no-checkout", source / path, tree / path)
            Git(tree / path)("checkout", "--quiet", "--detach", entry.id)
            fill_submodules(source / path, tree / path)


def _require_committed_contents(git: Git) -> None:
    """Check that git checks out every file as it was committed; an update would change the others.

    Raises:
        UpdateError: There are such files.
    """
    # Git compares the content of files that are newer than its index.
    os.utime(git.folder / git("rev-parse", "--git-path", "index").strip(), (1, 1))
    if changed := git.names("status", "--porcelain", "-z"):
        shown = "\n".join(f"  {line}" for line in changed)
        raise UpdateError(
            "Because of .gitattributes, git checks these files out with other content than was "
            "committed. Commit them again: `git add --renormalize .`, then `git commit`. "
            "Nothing was changed.\n"
            f"{shown}"
        )


def inspect(root: Path, clone: Path | None = None, command: str = "the update") -> ServiceCheckout:
    """Inspect a service before an update.

    Args:
        root: The service's folder.
        clone: A clone of its template.
        command: The command that needs the service, for messages.

    Raises:
        UpdateError: It can't be updated as it is. Nothing was changed.
    """
    git = Git(root)
    _require_commits(git)
    branch = _branch(git)
    recorded = _recorded(git)
    _require_clean_tree(git, command)
    template, commit = recorded.pop("_src_path", None), recorded.pop("_commit", None)
    if not template or not commit:
        raise UpdateError(
            f"{ANSWERS} names no template and version: restore its lines _src_path and _commit "
            "from git's history. If it never had them, add and commit them: the template's URL "
            f"and its version, such as v1.6.0, which is the first one in {_changelog(root)}."
        )
    if _is_relative(str(template)):
        raise UpdateError(
            f"{ANSWERS} names the template by a relative path: set _src_path, and source in "
            "tooling/template.toml, to the template's URL, and commit the change."
        )
    return ServiceCheckout(
        root=root,
        prefix=Path(git("rev-parse", "--show-prefix").strip() or "."),
        branch=branch,
        template=str(template),
        commit=str(commit),
        answers=recorded,
        clone=clone,
    )


def _changelog(root: Path) -> str:
    """Return the path of the service's changelog of the template."""
    names = ("kit/CHANGELOG.md", "docs/template-changes.md")
    found = (name for name in names if (root / name).is_file())
    return next(found, "the template's CHANGELOG.md")


def require_committer(git: Git) -> None:
    """Check that git can commit: that it has an identity and, if it signs, a key.

    The check creates a commit whose objects are written to a temporary folder.

    Raises:
        UpdateError: Git can't commit. Nothing was changed.
    """
    signs = git("config", "--type=bool", "--default=false", "--get", "commit.gpgSign").strip()
    objects = git.folder / git("rev-parse", "--git-path", "objects").strip()
    with tempfile.TemporaryDirectory() as folder:
        reason = git.failure(
            "commit-tree",
            *(["--gpg-sign"] if signs == "true" else []),
            *("-m", "Test", "HEAD^{tree}"),
            GIT_OBJECT_DIRECTORY=folder,
            GIT_ALTERNATE_OBJECT_DIRECTORIES=str(objects),
        )
    if reason:
        raise UpdateError(f"git can't commit here: {reason}. Nothing was changed.")


def _require_commits(git: Git) -> None:
    """Check that a folder is in a working tree with a commit.

    Raises:
        UpdateError: It isn't, or git rejects the folder.
    """
    reason = git.failure("rev-parse", "--show-toplevel")
    if reason and not reason.startswith(NO_REPOSITORY):
        raise UpdateError(f"git can't be used here: {reason}. Nothing was changed.")
    if reason or not git.succeeds("rev-parse", "--verify", "--quiet", "HEAD"):
        raise UpdateError("An update needs git: `git init -b main`, and commit everything.")


def _is_relative(template: str) -> bool:
    """Return whether the template's source is a relative path; a URL or short form has a colon."""
    return not (Path(template).expanduser().is_absolute() or ":" in template)


def _branch(git: Git) -> str:
    if not git.succeeds("symbolic-ref", "--quiet", "HEAD"):
        raise UpdateError("No branch is checked out (a detached HEAD): `git switch` to one first.")
    return git("symbolic-ref", "--short", "HEAD").strip()


def _recorded(git: Git) -> dict[str, Any]:
    if not git.succeeds("cat-file", "-e", f"HEAD:./{ANSWERS}"):
        raise UpdateError(f"{ANSWERS} isn't committed: an update needs the version in it.")
    text = git("show", f"HEAD:./{ANSWERS}")
    if any(line.startswith(MARKERS) for line in text.splitlines()):
        raise UpdateError(f"{ANSWERS} has conflict markers: remove them, and commit it.")
    try:
        recorded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UpdateError(f"{ANSWERS} isn't YAML: {' '.join(str(error).split())}") from None
    if not isinstance(recorded, dict):
        raise UpdateError(f"{ANSWERS} has no answers: restore it from git's history.")
    return recorded


def _require_clean_tree(git: Git, command: str) -> None:
    changed = git("status", "--porcelain", "--", ".").splitlines()
    if changed:
        shown = "\n".join(f"  {line}" for line in changed[:10])
        more = f"\n  and {len(changed) - 10} more" if len(changed) > 10 else ""  # noqa: PLR2004
        raise UpdateError(
            f"Uncommitted changes, which {command} can't use; commit or stash them first:\n"
            f"{shown}{more}"
        )
