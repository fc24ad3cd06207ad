"""An update under way: its folder, and what is known of it, kept for a later run."""

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


@dataclass(frozen=True)
class Session:
    """An update under way.

    Attributes:
        prefix: The service's folder within the repository.
        branch: The branch that takes the update.
        start: The branch that it starts from.
        before: The template's version that the service has.
        after: The version that it takes.
        conflicts: Files that somebody has to decide on, to why.
        edited: Files in which changes of both sides were merged.
        deleted: Files that the template changes and the team has deleted.
        ignored: Files that the template changes and git ignores.
        moved: Old paths to new ones.
        leftovers: The team's files of stacks that are switched off.
        migrated: What migrations did, as JSON.
        unmerged: Files that the template changes and git can't merge, to why.
        release: A commit of the service with what the template makes of these.
        raised: The pins that the service has raised, in words.
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


class Workplace:
    """The folder that an update works in; the service's own files are only read.

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
        """An update was begun, and neither finished nor aborted."""
        return self._branch.exists()

    def begin(self) -> None:
        """Begin with an empty folder."""
        self.clear()
        self.folder.mkdir(parents=True)
        self.name_branch("")

    def name_branch(self, branch: str) -> None:
        """Note the branch before it is made, so that it can be undone whatever happens."""
        self._branch.write_text(branch, encoding="utf-8")

    def save(self, session: Session) -> None:
        """Keep what is known of the update."""
        self._session.write_text(json.dumps(asdict(session), indent=2), encoding="utf-8")

    def load(self) -> Session | None:
        """Give what is known of the update; None if it hasn't come as far as a merge."""
        if not self._session.exists():
            return None
        content: dict[str, Any] = json.loads(self._session.read_text(encoding="utf-8"))
        return Session(**content)

    def finish(self) -> None:
        """Leave the branch, and of the folder only the summary."""
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
            # A program that was interrupted may delete or write there until it has ended.
            if error.errno not in {errno.ENOENT, errno.ENOTEMPTY}:
                raise
