"""The state of an update in progress, stored in its folder for a later run."""

from __future__ import annotations

import errno
import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aws_service_kit.update.git import Git

FOLDER = Path(".cache", "update")
SUMMARY = "summary.md"
UNDO = "python3 dev.py update --abort"
CONTINUE = "python3 dev.py update --continue"


@dataclass(frozen=True)
class UpdateState:
    """The state of an update in progress.

    Attributes:
        prefix: The service's folder in the repository.
        branch: The update's branch.
        start: The branch that it starts from.
        before: The service's version of the template.
        after: The new version.
        conflicts: Files that need a decision, with the reasons.
        edited: Files in which changes of both sides were merged.
        deleted: Files that the template changes and the team has deleted.
        ignored: Files that the template changes and git ignores.
        moved: The new path of each moved file.
        leftovers: The team's files of stacks that are switched off.
        migrated: The reports of migrations, as JSON.
        unmerged: Files that the template changes and git can't merge, with the reasons.
        release: A commit of the service with the template's version of unmerged files.
        raised: The raised pins, one line each.
    """

    prefix: str
    branch: str
    start: str
    before: str
    after: str
    conflicts: dict[str, str]
    edited: list[str]
    deleted: list[str]
    ignored: list[str]
    moved: dict[str, str]
    leftovers: list[str]
    migrated: list[dict[str, Any]] = field(default_factory=list)
    unmerged: dict[str, str] = field(default_factory=dict)
    release: str = ""
    raised: list[str] = field(default_factory=list)


class UpdateFolder:
    """The working folder of an update. Files outside of it are only read.

    Args:
        root: The service's folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / FOLDER
        self.tree = self.folder / "tree"
        self.pristine = self.folder / "pristine"
        self.fresh = self.folder / "fresh"
        self.summary = self.folder / SUMMARY
        self._branch = self.folder / "branch"
        self._session = self.folder / "session.json"

    @property
    def busy(self) -> bool:
        """Whether an update was started and neither finished nor aborted."""
        return self._branch.exists()

    def begin(self) -> None:
        """Start with an empty folder."""
        self.clear()
        self.folder.mkdir(parents=True)
        self.name_branch("")

    def name_branch(self, branch: str) -> None:
        """Save the branch's name before it is created, so that the update can always be undone."""
        self._branch.write_text(branch, encoding="utf-8")

    def save(self, session: UpdateState) -> None:
        """Store the state of the update."""
        self._session.write_text(json.dumps(asdict(session), indent=2), encoding="utf-8")

    def load(self) -> UpdateState | None:
        """Return the stored state; None if the update hasn't reached the merge."""
        if not self._session.exists():
            return None
        content: dict[str, Any] = json.loads(self._session.read_text(encoding="utf-8"))
        return UpdateState(**content)

    def finish(self) -> None:
        """Keep the branch and the summary, and remove everything else."""
        self._remove_tree()
        text = self.summary.read_text(encoding="utf-8")
        self.clear()
        self.folder.mkdir(parents=True)
        self.summary.write_text(text, encoding="utf-8")

    def abort(self) -> None:
        """Remove the branch and everything else."""
        branch = self._branch.read_text(encoding="utf-8")
        self._remove_tree()
        git = Git(self.root)
        if branch and git.succeeds("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"):
            git("branch", "--quiet", "-D", branch)
        self.clear()

    def clear(self) -> None:
        """Remove the folder."""
        _remove(self.folder)

    def _remove_tree(self) -> None:
        _remove(self.tree)
        Git(self.root)("worktree", "prune")


def _remove(folder: Path) -> None:
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError as error:
            # An interrupted program may write or delete files there until it ends.
            if error.errno not in {errno.ENOENT, errno.ENOTEMPTY}:
                raise
