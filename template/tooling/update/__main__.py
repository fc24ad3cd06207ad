# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Take a release of the template: `python3 dev.py update`.

Everything happens on a branch in a folder of its own, and your working tree stays as it is. Options
that aren't listed here are Copier's, such as --defaults, --data NAME=VALUE and --vcs-ref VERSION.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tooling.update import proof
from tooling.update.errors import UpdateError, WorkLeftError
from tooling.update.git import Git
from tooling.update.merge import keep_the_teams, marked, merge, refuse_taken, unmerged
from tooling.update.pristine import newer_version, render
from tooling.update.resources import refuse_losses
from tooling.update.revision import revise
from tooling.update.service import inspect
from tooling.update.session import Session, Workplace
from tooling.update.stacks import left_behind
from tooling.update.summary import describe

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tooling.update.resources import Difference

ROOT = Path(__file__).resolve().parent.parent.parent
CHANGES = Path("docs", "template-changes.md")
# With these there's something to do even without a newer release.
ASKING_FOR_MORE = ("-d", "--data", "-r", "--vcs-ref")
REFUSED, WORK_LEFT, INTERRUPTED = 1, 3, 130
UNDO = "python3 dev.py update --abort"
GO_ON = "python3 dev.py update --continue"


def start(
    root: Path, options: Sequence[str], *, draft: bool = False, allowed: Collection[str] = ()
) -> None:
    """Begin an update and see it through.

    Args:
        root: The service's folder.
        options: Copier's options.
        draft: Commit what can be taken even if work is left, with the team's side of conflicts.
        allowed: Names of stateful resources that may go.

    Raises:
        WorkLeftError: The update is there, but not ready.
        UpdateError: There is no update; nothing was changed.
    """
    place = Workplace(root)
    if place.busy:
        raise UpdateError(f"An update was begun already. Go on: {GO_ON}\nDrop it: {UNDO}")
    service = inspect(root)
    unattended = "--defaults" in options and not any(
        option.startswith(ASKING_FOR_MORE) for option in options
    )
    if unattended and not newer_version(service):
        print(f"Nothing to do: {service.commit} is the template's newest release.")
        return
    print(f"Updating in {place.tree.relative_to(root)}; to undo, at any moment: {UNDO}", flush=True)
    place.begin()
    try:
        pristine = render(service, place.folder / "pristine", options)
        leftovers = left_behind(service, pristine, place.folder / "fresh")
        revision = revise(service, pristine)
        if revision.empty:
            place.clear()
            print("Nothing to do: the template changes nothing.")
            return
        branch = f"template-update-{pristine.after.removeprefix('v')}"
        refuse_taken(service, branch)
        place.name_branch(branch)
        merged = merge(service, revision, place.tree, branch)
    except UpdateError:
        place.abort()
        raise
    session = Session(
        prefix=str(service.prefix),
        branch=branch,
        start=service.branch,
        before=pristine.before,
        after=pristine.after,
        conflicts=merged.conflicts,
        edited=list(merged.edited),
        deleted=list(merged.deleted),
        ignored=list(revision.ignored),
        moved=revision.moved,
        leftovers=list(leftovers),
    )
    place.save(session)
    finish(place, session, draft=draft, allowed=allowed)


def go_on(root: Path, *, draft: bool = False, allowed: Collection[str] = ()) -> None:
    """See an update through that was left with something to do.

    Args:
        root: The service's folder.
        draft: Commit what can be taken even if work is left.
        allowed: Names of stateful resources that may go.

    Raises:
        WorkLeftError: Something is still to be done.
        UpdateError: No update was begun, or not so far that it can go on.
    """
    place = Workplace(root)
    session = place.load()
    if session is None:
        raise UpdateError(f"There is nothing to go on with. Begin anew: {UNDO}; then update.")
    finish(place, session, draft=draft, allowed=allowed)


def finish(place: Workplace, session: Session, *, draft: bool, allowed: Collection[str]) -> None:
    """Prove what was merged, and commit it.

    Raises:
        WorkLeftError: Something is to be done first; a draft is committed all the same.
    """
    home = place.tree / session.prefix
    git = Git(home)
    work_left: dict[str, str] = {}
    differences: list[Difference] | None = None
    try:
        _refuse_conflicts(git)
    except UpdateError as conflicts:
        if not draft:
            raise _left(place, conflicts) from None
        work_left["conflicts"] = f"{conflicts}\n\nYour side of them is committed here."
        keep_the_teams(git)
    try:
        proof.set_up(home)
        differences = proof.differences(place.root, home, place.folder)
        refuse_losses(differences, allowed)
        proof.check(home)
    except UpdateError as failure:
        if not draft:
            raise _left(place, failure) from None
        work_left["proof"] = str(failure)
    changes = home / CHANGES
    text = changes.read_text(encoding="utf-8") if changes.exists() else ""
    place.summary.write_text(describe(session, text, differences, work_left), encoding="utf-8")
    _commit(git, place.summary)
    place.finish()
    if work_left:
        raise WorkLeftError(
            f"{session.branch} is a draft: {', '.join(work_left)}; see the summary."
        )
    _tell(place, session)


def _refuse_conflicts(git: Git) -> None:
    """Let no file go on that somebody has to decide on."""
    undecided = unmerged(git)
    if undecided:
        lines = "\n".join(f"  {path}: {why}" for path, why in undecided.items())
        raise UpdateError(f"Yours to decide; then `git add` or `git rm` each of them:\n{lines}")
    if halved := marked(git):
        raise UpdateError("\n  ".join(["Conflict markers are left in:", *halved]))


def _left(place: Workplace, reason: UpdateError) -> WorkLeftError:
    tree = place.tree.relative_to(place.root)
    return WorkLeftError(
        f"{reason}\n\nThe update waits in {tree}. Mend it there, then go on:\n  {GO_ON}\n"
        f"Or go back to where you were:\n  {UNDO}"
    )


def _commit(git: Git, summary: Path) -> None:
    git("add", "--all", ".")
    if not git.succeeds("diff", "--cached", "--quiet"):
        message = summary.read_text(encoding="utf-8").removeprefix("# ")
        git("commit", "--quiet", "--cleanup=verbatim", "--message", message)


def _tell(place: Workplace, session: Session) -> None:
    print(
        f"\n{place.summary.read_text(encoding='utf-8')}\n"
        f"The branch {session.branch} holds the update, proven; {session.start} is as it was.\n\n"
        f"  look at it  git diff {session.start} {session.branch}\n"
        f"  take it     git merge {session.branch} && python3 dev.py setup\n"
        f"  drop it     git branch -D {session.branch}\n"
    )


def abort(root: Path) -> None:
    """Remove an update that was begun, and everything that it made.

    Raises:
        UpdateError: None was.
    """
    place = Workplace(root)
    if not place.busy:
        raise UpdateError("No update was begun.")
    place.abort()
    print("The update is gone; your branch and your files are as they were.")


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Run an update, or say on stderr why it isn't done.

    Args:
        arguments: The command line's.
        root: The service's folder.

    Returns:
        The exit code: 0 only if everything is done.
    """
    parser = argparse.ArgumentParser(
        prog="update",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    step = parser.add_mutually_exclusive_group()
    step.add_argument(
        "--continue", action="store_true", dest="go_on", help="go on after mending what was left"
    )
    step.add_argument("--abort", action="store_true", help="undo an update that was begun")
    parser.add_argument(
        "--draft", action="store_true", help="commit what can be taken, even if work is left"
    )
    parser.add_argument(
        "--replace",
        action="append",
        default=[],
        metavar="STACK/RESOURCE",
        help="let a stateful resource be replaced or deleted",
    )
    asked, options = parser.parse_known_args(arguments)
    try:
        if asked.abort:
            abort(root)
        elif asked.go_on:
            go_on(root, draft=asked.draft, allowed=asked.replace)
        else:
            start(root, options, draft=asked.draft, allowed=asked.replace)
    except UpdateError as error:
        print(f"error: {error}", file=sys.stderr)
        return WORK_LEFT if isinstance(error, WorkLeftError) else REFUSED
    except KeyboardInterrupt:
        print(f"Interrupted. To undo what was begun: {UNDO}", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
