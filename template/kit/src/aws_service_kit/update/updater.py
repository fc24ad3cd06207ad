"""Update a service to a release of the template; launched by `python3 dev.py update`.

The update is made on a branch in a separate folder; your working tree isn't changed.

Answers: without options, every question is asked, and Enter keeps what was answered. --defaults
keeps all. --data NAME=VALUE changes one, such as --data dev_account=012345678901; a list is written
--data 'stacks=[api, events]'. --data-file FILE reads answers from YAML, a line `NAME: VALUE` each.

Other options that aren't listed here are Copier's, such as --vcs-ref VERSION.
--unreleased accepts a version that isn't a release, such as --vcs-ref=HEAD of your own clone.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aws_service_kit.update import answers, migrations, pins, verification
from aws_service_kit.update.errors import UpdateError, WorkLeftError
from aws_service_kit.update.git import Git
from aws_service_kit.update.kit_mode import refuse_patched
from aws_service_kit.update.merge import free_branch, keep_the_teams, marked, merge, unmerged
from aws_service_kit.update.pristine import copy, render
from aws_service_kit.update.release import Release
from aws_service_kit.update.relevant_changes import revise
from aws_service_kit.update.resources import refuse_losses
from aws_service_kit.update.service import inspect, refuse_without_committer
from aws_service_kit.update.summary import describe
from aws_service_kit.update.switched_off_stacks import any_switched_off, left_behind
from aws_service_kit.update.update_state import UpdateState, Workplace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aws_service_kit.update.migrations import Report
    from aws_service_kit.update.release import Migration
    from aws_service_kit.update.resources import Difference
    from aws_service_kit.update.service import ServiceCheckout

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
    """Start an update and complete it.

    Args:
        root: The service's folder.
        template: A clone of the template, in which the release is checked out.
        options: Copier's options.
        draft: Commit the update even if work is left, with the team's side of conflicts.
        pretend: Only print the changes of the update.
        allowed: Names of stateful resources that may be replaced or deleted.

    Raises:
        WorkLeftError: The update is on its branch and needs a person's decision.
        UpdateError: There is no update; nothing was changed.
    """
    place = Workplace(root)
    service = inspect(root, template)
    release = Release.read(template)
    pending = release.after(migrations.had(root)) if release else ()
    options, given = answers.read(options, template, service.answers)
    if not (answers.asks(options) or given or pending) and _is_taken(service, template):
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
    service: ServiceCheckout,
    options: Sequence[str],
    given: Mapping[str, object],
    pending: Sequence[Migration],
) -> UpdateState | None:
    """Create the update's branch and merge there; return None if there is nothing to do.

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
    branch = free_branch(service.git, branch)
    place.name_branch(branch)
    service = service.branch_off(place.tree, branch)
    first = [each for each in pending if each.before_merge]
    migrated, pristine = migrations.on_both_sides(service.git.folder, pristine, first)
    refuse_patched(service, pristine)
    revision = revise(service, pristine)
    if revision.empty and not pending:
        return None
    merged = merge(service, revision)
    return UpdateState(
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


def _is_taken(service: ServiceCheckout, template: Path) -> bool:
    """Return whether the service has the checked-out version or a later one."""
    return Git(template).succeeds("merge-base", "--is-ancestor", "HEAD", service.commit)


def _preview(session: UpdateState, release: Release | None, pending: Sequence[Migration]) -> str:
    """Describe the merged changes and name the migrations that follow."""
    done = {each["name"] for each in session.migrated}
    later = [f"- {each.name}: {each.summary}" for each in pending if each.name not in done]
    text = describe(session, release.changes if release else "", None, {})
    return "\n".join([text, "## Migrations to come\n", *later]) if later else text


def go_on(
    root: Path, template: Path | None, *, draft: bool = False, allowed: Collection[str] = ()
) -> None:
    """Complete an update after a person's decisions.

    Args:
        root: The service's folder.
        template: The clone of the template that the update was started with.
        draft: Commit the update even if work is left.
        allowed: Names of stateful resources that may be replaced or deleted.

    Raises:
        WorkLeftError: Work is still left.
        UpdateError: No update was started, or it hasn't reached the merge.
    """
    place = Workplace(root)
    session = place.load()
    if session is None or not place.tree.is_dir():
        raise UpdateError(f"There is nothing to go on with. Begin anew: {UNDO}; then update.")
    release = Release.read(template) if template else None
    finish(place, session, release, draft=draft, allowed=allowed)


def finish(
    place: Workplace,
    session: UpdateState,
    release: Release | None,
    *,
    draft: bool,
    allowed: Collection[str],
    ask: bool = False,
) -> None:
    """Run the remaining migrations, verify the result, and commit it.

    Args:
        place: The working folder of the update.
        session: The state of the update.
        release: The new release; None before 1.6.0.
        draft: Commit the update even if work is left.
        allowed: Names of stateful resources that may be replaced or deleted.
        ask: Whether the team has yet to decide on paths that git can't merge.

    Raises:
        WorkLeftError: Work is left; a draft is committed nevertheless.
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
        verification.set_up(home)
        if session.migrated:
            verification.put_in_order(home)
        differences = verification.differences(place.root, home, place.folder)
        refuse_losses(differences, allowed)
        verification.check(home)
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


def _migrate(place: Workplace, session: UpdateState, release: Release) -> UpdateState:
    """Commit the merge, and run the migrations that the service hasn't had.

    Raises:
        UpdateError: A commit fails.
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
    """Update the lock files with the service's raised pins.

    Raises:
        UpdateError: The pins conflict.
    """
    try:
        pins.lock_again(home)
    except pins.PinError as error:
        raise UpdateError(str(error)) from None


def _refuse_conflicts(git: Git, asking: UpdateState | None) -> None:
    """Reject unresolved conflicts.

    Raises:
        UpdateError: There is a conflict.
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
        WorkLeftError: The commit fails, for example because a signing key is locked.
    """
    message = place.summary.read_text(encoding="utf-8").removeprefix("# ")
    try:
        git("add", "--all", ".")
        if not git.succeeds("diff", "--cached", "--quiet"):
            git("commit", "--quiet", "--cleanup=verbatim", "--message", message)
    except UpdateError as failure:
        raise _left(place, failure) from None


def _tell(place: Workplace, session: UpdateState) -> None:
    print(
        f"\n{place.summary.read_text(encoding='utf-8')}\n"
        f"The branch {session.branch} holds the update, proven; {session.start} is as it was.\n\n"
        f"  look at it  git diff {session.start} {session.branch}\n"
        f"  take it     git merge {session.branch} && python3 dev.py setup\n"
        f"  drop it     git branch -D {session.branch}\n"
    )


def abort(root: Path) -> None:
    """Remove a started update and everything that it created.

    Raises:
        UpdateError: No update was started.
    """
    place = Workplace(root)
    if not place.busy:
        raise UpdateError("No update was begun.")
    place.abort()
    print("The update is gone; your branch and your files are as they were.")


def main(arguments: Sequence[str]) -> int:
    """Run an update; report failures on stderr.

    Args:
        arguments: The command line's.

    Returns:
        The exit code: 0 only if the update is complete.
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
