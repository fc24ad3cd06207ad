"""Take a release of the template: the updater that `python3 dev.py update` launches.

Everything happens on a branch in a folder of its own, and your working tree stays as it is. Options
that aren't listed here are Copier's, such as --defaults, --data NAME=VALUE and --vcs-ref VERSION.
--unreleased takes a version that isn't a release, such as --vcs-ref=HEAD of your own clone.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aws_service_kit.update import answers, migrations, pins, proof
from aws_service_kit.update.errors import UpdateError, WorkLeftError
from aws_service_kit.update.git import Git
from aws_service_kit.update.merge import keep_the_teams, marked, merge, refuse_taken, unmerged
from aws_service_kit.update.pristine import copy, render
from aws_service_kit.update.release import Release
from aws_service_kit.update.resources import refuse_losses
from aws_service_kit.update.revision import revise
from aws_service_kit.update.service import inspect, refuse_without_committer
from aws_service_kit.update.session import Session, Workplace
from aws_service_kit.update.stacks import any_switched_off, left_behind
from aws_service_kit.update.summary import describe
from aws_service_kit.update.switching import refuse_patched

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aws_service_kit.update.migrations import Report
    from aws_service_kit.update.release import Migration
    from aws_service_kit.update.resources import Difference
    from aws_service_kit.update.service import Service

REFUSED, WORK_LEFT, INTERRUPTED = 1, 3, 130
UNDO = "python3 dev.py update --abort"
GO_ON = "python3 dev.py update --continue"
CONFLICTS = "Yours to decide; then `git add` or `git rm` each of them:"
UNMERGED = """\
Yours stays, since git merges only files. To take the template's instead, remove yours; then run
`git checkout {release} -- PATH`, unless it is retired:"""
KEPT = """\
Your side of these is committed here. To decide otherwise, delete this branch and run
`python3 dev.py update` on your machine:
"""


def start(
    root: Path,
    template: Path,
    options: Sequence[str],
    *,
    draft: bool = False,
    pretend: bool = False,
    allowed: Collection[str] = (),
) -> None:
    """Begin an update and see it through.

    Args:
        root: The service's folder.
        template: A clone of the template, in which the release is checked out.
        options: Copier's options.
        draft: Commit what can be taken even if work is left, with the team's side of conflicts.
        pretend: Only print what the update would bring.
        allowed: Names of stateful resources that may go.

    Raises:
        WorkLeftError: The update is there, but not ready.
        UpdateError: There is no update; nothing was changed.
    """
    place = Workplace(root)
    service = inspect(root, template)
    release = Release.read(template)
    pending = release.after(migrations.had(root)) if release else ()
    options, given = answers.read(options, template)
    if "--defaults" in options and not given and not pending and _is_taken(service, template):
        print(f"Nothing to do: the service has the template's {service.commit} already.")
        return
    refuse_without_committer(service.git)
    print(f"Updating in {place.tree.relative_to(root)}; to undo, at any moment: {UNDO}", flush=True)
    place.begin()
    try:
        head = Git(template)("rev-parse", "HEAD").strip()
        session = _merge(place, service, [*options, f"--vcs-ref={head}"], given, pending)
    except UpdateError:
        place.abort()
        raise
    if session is None:
        place.abort()
        print("Nothing to do: the template changes nothing.")
    elif pretend:
        print(_preview(session, release, pending))
        place.abort()
    else:
        place.save(session)
        finish(place, session, release, draft=draft, allowed=allowed, ask=True)


def _merge(
    place: Workplace,
    service: Service,
    options: Sequence[str],
    given: Mapping[str, object],
    pending: Sequence[Migration],
) -> Session | None:
    """Make the update's branch and merge there; None if there is nothing to do.

    Raises:
        UpdateError: There is no update.
    """
    pristine = render(service, place.pristine, options, given)
    if pristine.unchanged and not pending:
        return None
    switched_off = any_switched_off(service, pristine)
    if switched_off or pending:
        copy(service, pristine.after, pristine.answers, place.fresh)
    leftovers = left_behind(service, pristine, place.fresh) if switched_off else ()
    branch = f"template-update-{pristine.after.removeprefix('v')}"
    branch += "-migrations" if pristine.unchanged else ""
    refuse_taken(service, branch)
    place.name_branch(branch)
    service = service.branch_off(place.tree, branch)
    first = [each for each in pending if each.before_merge]
    migrated, pristine = migrations.on_both_sides(service.git.folder, pristine, first)
    refuse_patched(service, pristine)
    revision = revise(service, pristine)
    if revision.empty and not pending:
        return None
    merged = merge(service, revision)
    return Session(
        prefix=str(service.prefix),
        branch=branch,
        start=service.branch,
        before=pristine.before,
        after=pristine.after,
        conflicts=merged.conflicts,
        edited=list(merged.edited),
        deleted=list(revision.deleted),
        ignored=list(revision.ignored),
        moved=revision.moved,
        leftovers=list(leftovers),
        migrated=[each.as_json() for each in migrated],
        unmerged=revision.unmerged,
        release=revision.release,
        raised=[*map(str, revision.raised), *(each.caught_up for each in revision.caught_up)],
    )


def _is_taken(service: Service, template: Path) -> bool:
    """Return whether the service was made from what is checked out, or from something later."""
    return Git(template).succeeds("merge-base", "--is-ancestor", "HEAD", service.commit)


def _preview(session: Session, release: Release | None, pending: Sequence[Migration]) -> str:
    """Describe what was merged; migrations that come after the merge are only named."""
    done = {each["name"] for each in session.migrated}
    later = [f"- {each.name}: {each.summary}" for each in pending if each.name not in done]
    text = describe(session, release.changes if release else "", None, {})
    return "\n".join([text, "## Migrations to come\n", *later]) if later else text


def go_on(
    root: Path, template: Path | None, *, draft: bool = False, allowed: Collection[str] = ()
) -> None:
    """See an update through that was left with something to do.

    Args:
        root: The service's folder.
        template: The clone of the template with which it was begun.
        draft: Commit what can be taken even if work is left.
        allowed: Names of stateful resources that may go.

    Raises:
        WorkLeftError: Something is still to be done.
        UpdateError: No update was begun, or not so far that it can go on.
    """
    place = Workplace(root)
    session = place.load()
    if session is None or not place.tree.is_dir():
        raise UpdateError(f"There is nothing to go on with. Begin anew: {UNDO}; then update.")
    release = Release.read(template) if template else None
    finish(place, session, release, draft=draft, allowed=allowed)


def finish(
    place: Workplace,
    session: Session,
    release: Release | None,
    *,
    draft: bool,
    allowed: Collection[str],
    ask: bool = False,
) -> None:
    """Run the migrations that are left, prove what was merged, and commit it.

    Args:
        place: The folder that the update works in.
        session: What is known of the update.
        release: The release that is taken; None before 1.6.0.
        draft: Commit what can be taken even if work is left.
        allowed: Names of stateful resources that may go.
        ask: Whether the team has yet to decide on what git can't merge.

    Raises:
        WorkLeftError: Something is to be done first; a draft is committed all the same.
    """
    home = place.tree / session.prefix
    git = Git(home)
    work_left: dict[str, str] = {}
    differences: list[Difference] | None = None
    try:
        _refuse_conflicts(git, session if ask else None)
    except UpdateError as conflicts:
        if not draft:
            raise _left(place, conflicts) from None
        work_left["conflicts"] = _reasons(KEPT, {**session.conflicts, **session.unmerged}, "- ")
        keep_the_teams(git)
    try:
        if release:
            session = _migrate(place, session, release)
        _lock(home)
        proof.set_up(home)
        if session.migrated:
            proof.put_in_order(home)
        differences = proof.differences(place.root, home, place.folder)
        refuse_losses(differences, allowed)
        proof.check(home)
    except UpdateError as failure:
        if not draft:
            raise _left(place, failure) from None
        work_left["proof"] = str(failure)
    text = describe(session, release.changes if release else "", differences, work_left)
    place.summary.write_text(text, encoding="utf-8")
    _commit(place, git)
    place.finish()
    if work_left:
        raise WorkLeftError(
            f"{session.branch} is a draft: {', '.join(work_left)}; see the summary."
        )
    _tell(place, session)


def _migrate(place: Workplace, session: Session, release: Release) -> Session:
    """Run the migrations that the service hasn't had, after a commit of what was merged.

    Raises:
        UpdateError: Git refuses a commit.
    """
    home = place.tree / session.prefix
    pending = release.after(migrations.had(home))
    if not pending:
        return session
    done = {each["name"] for each in session.migrated}
    git = Git(home)
    git("add", "--all", ".")
    if not git.succeeds("diff", "--cached", "--quiet"):
        git("commit", "--quiet", "--message", f"Merge template {session.after}")

    def keep(report: Report) -> None:
        session.migrated.append(report.as_json())
        place.save(session)

    left = [each for each in pending if each.name not in done]
    migrations.run(home, session.prefix, left, lambda path: (place.fresh / path).exists(), keep)
    migrations.record(home, release.number)
    return session


def _lock(home: Path) -> None:
    """Lock the service's raised pins over the template's.

    Raises:
        UpdateError: They don't fit together.
    """
    try:
        pins.lock_again(home)
    except pins.PinError as error:
        raise UpdateError(str(error)) from None


def _refuse_conflicts(git: Git, asking: Session | None) -> None:
    """Refuse to go on while files wait for a decision.

    Raises:
        UpdateError: There is one.
    """
    undecided = []
    if conflicts := unmerged(git):
        undecided.append(_reasons(CONFLICTS, conflicts))
    if asking and asking.unmerged:
        undecided.append(_reasons(UNMERGED.format(release=asking.release), asking.unmerged))
    if undecided:
        raise UpdateError("\n".join(undecided))
    if halved := marked(git):
        raise UpdateError("\n  ".join(["Conflict markers are left in:", *halved]))


def _reasons(heading: str, reasons: Mapping[str, str], bullet: str = "  ") -> str:
    return "\n".join([heading, *(f"{bullet}{path}: {why}" for path, why in reasons.items())])


def _left(place: Workplace, reason: UpdateError) -> WorkLeftError:
    tree = place.tree.relative_to(place.root)
    return WorkLeftError(
        f"{reason}\n\nThe update waits in {tree}. Fix it there, then go on:\n  {GO_ON}\n"
        f"Or go back to where you were:\n  {UNDO}"
    )


def _commit(place: Workplace, git: Git) -> None:
    """Commit the update with its summary.

    Raises:
        WorkLeftError: Git refuses, as when a key is locked meanwhile.
    """
    message = place.summary.read_text(encoding="utf-8").removeprefix("# ")
    try:
        git("add", "--all", ".")
        if not git.succeeds("diff", "--cached", "--quiet"):
            git("commit", "--quiet", "--cleanup=verbatim", "--message", message)
    except UpdateError as failure:
        raise _left(place, failure) from None


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


def main(arguments: Sequence[str]) -> int:
    """Run an update, or report on stderr why it isn't done.

    Args:
        arguments: The command line's.

    Returns:
        The exit code: 0 only if everything is done.
    """
    parser = argparse.ArgumentParser(
        prog="python3 dev.py update",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--root", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--template", type=Path, help=argparse.SUPPRESS)
    step = parser.add_mutually_exclusive_group()
    step.add_argument(
        "--continue", action="store_true", dest="go_on", help="go on after mending what was left"
    )
    step.add_argument("--abort", action="store_true", help="undo an update that was begun")
    parser.add_argument(
        "--draft", action="store_true", help="commit what can be taken, even if work is left"
    )
    parser.add_argument(
        "-n",
        "--pretend",
        action="store_true",
        help="print what an update would bring; keep nothing",
    )
    parser.add_argument(
        "--replace",
        action="append",
        default=[],
        metavar="STACK/RESOURCE",
        help="let a stateful resource be replaced or deleted",
    )
    asked, options = parser.parse_known_args(arguments)
    if asked.template is None and not (asked.abort or asked.go_on):
        parser.error("the launcher gives --template")
    try:
        if asked.abort:
            abort(asked.root)
        elif asked.go_on:
            go_on(asked.root, asked.template, draft=asked.draft, allowed=asked.replace)
        else:
            start(
                asked.root,
                asked.template,
                options,
                draft=asked.draft,
                pretend=asked.pretend,
                allowed=asked.replace,
            )
    except UpdateError as error:
        print(f"error: {error}", file=sys.stderr)
        return WORK_LEFT if isinstance(error, WorkLeftError) else REFUSED
    except KeyboardInterrupt:
        print(f"Interrupted. To undo what was begun: {UNDO}", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
