"""Update a service to a release of the template; launched by `python3 dev.py update`.

The update is made on a branch in a separate folder. Your working tree isn't changed.

Answers: without options, the update asks every question, and Enter keeps the current answer.
--defaults keeps all answers. --data NAME=VALUE changes one, such as
--data dev_account=012345678901 or, for a list, --data 'stacks=[api, events]'.
--data-file FILE reads answers from YAML, with a line `NAME: VALUE` for each.

Other options that aren't listed here are Copier's, such as --vcs-ref VERSION.
--unreleased accepts a version that isn't a release, such as --vcs-ref=HEAD of your clone.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aws_service_kit.update import answers, migrations, pins, verification
from aws_service_kit.update.errors import UpdateError, WorkLeftError
from aws_service_kit.update.git import Git
from aws_service_kit.update.kit_mode import reject_patched_kit
from aws_service_kit.update.merge import free_branch, keep_ours, marked, merge, unmerged
from aws_service_kit.update.pristine import copy, render
from aws_service_kit.update.release import Release
from aws_service_kit.update.relevant_changes import revise
from aws_service_kit.update.resources import reject_losses
from aws_service_kit.update.service import inspect, require_committer
from aws_service_kit.update.summary import describe
from aws_service_kit.update.switched_off_stacks import any_switched_off, left_behind
from aws_service_kit.update.update_state import CONTINUE, UNDO, UpdateFolder, UpdateState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aws_service_kit.update.migrations import Report
    from aws_service_kit.update.release import Migration
    from aws_service_kit.update.resources import Difference
    from aws_service_kit.update.service import ServiceCheckout

REJECTED, WORK_LEFT, INTERRUPTED = 1, 3, 130
CONFLICTS = "Resolve these conflicts, then `git add` or `git rm` each file:"
UNMERGED = """\
Git can't merge these paths, so your versions stay. To use the template's version instead, remove
yours and run `git checkout {release} -- PATH`, unless the template removes it:"""
KEPT = """\
Your version of these is committed here. To choose differently, delete this branch and run
`python3 dev.py update` on your computer:
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
        WorkLeftError: The update is on its branch, and the team has to decide something.
        UpdateError: The update isn't possible. Nothing was changed.
    """
    place = UpdateFolder(root)
    service = inspect(root, template)
    release = Release.read(template)
    pending = release.after(migrations.applied_release(root)) if release else ()
    options, given = answers.read(options, template, service.answers)
    if not (answers.asks(options) or given or pending) and _has_release(service, template):
        print(f"Nothing to do: the service already has the template's {service.commit}.")
        return
    require_committer(service.git)
    print(
        f"Updating in {place.tree.relative_to(root)}. To undo the update at any time: {UNDO}",
        flush=True,
    )
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
    place: UpdateFolder,
    service: ServiceCheckout,
    options: Sequence[str],
    given: Mapping[str, object],
    pending: Sequence[Migration],
) -> UpdateState | None:
    """Create the update's branch and merge there; return None if there is nothing to do.

    Raises:
        UpdateError: The update isn't possible.
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
    reject_patched_kit(service, pristine)
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


def _has_release(service: ServiceCheckout, template: Path) -> bool:
    """Return whether the service has the checked-out version or a later one."""
    return Git(template).succeeds("merge-base", "--is-ancestor", "HEAD", service.commit)


def _preview(session: UpdateState, release: Release | None, pending: Sequence[Migration]) -> str:
    """Describe the merged changes, and list the migrations that would run after the merge."""
    done = {each["name"] for each in session.migrated}
    later = [f"- {each.name}: {each.summary}" for each in pending if each.name not in done]
    text = describe(session, release.changes if release else "", None, {})
    return "\n".join([text, "## Next migrations\n", *later]) if later else text


def continue_update(
    root: Path, template: Path | None, *, draft: bool = False, allowed: Collection[str] = ()
) -> None:
    """Continue an update after the team's decisions.

    Args:
        root: The service's folder.
        template: The clone of the template that the update was started with.
        draft: Commit the update even if work is left.
        allowed: Names of stateful resources that may be replaced or deleted.

    Raises:
        WorkLeftError: Work is still left.
        UpdateError: No update was started, or it hasn't reached the merge.
    """
    place = UpdateFolder(root)
    session = place.load()
    if session is None or not place.tree.is_dir():
        raise UpdateError(f"There is no update to continue. Start again: {UNDO}; then update.")
    release = Release.read(template) if template else None
    finish(place, session, release, draft=draft, allowed=allowed)


def finish(
    place: UpdateFolder,
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
        ask: Whether to stop if there are paths that git can't merge.

    Raises:
        WorkLeftError: Work is left; a draft is committed nevertheless.
    """
    home = place.tree / session.prefix
    git = Git(home)
    work_left: dict[str, str] = {}
    differences: list[Difference] | None = None
    try:
        _reject_conflicts(git, session if ask else None)
    except UpdateError as conflicts:
        if not draft:
            raise _left(place, conflicts) from None
        work_left["conflicts"] = _reasons(KEPT, {**session.conflicts, **session.unmerged}, "- ")
        keep_ours(git)
    try:
        if release:
            session = _migrate(place, session, release)
        _lock(home)
        verification.set_up(home)
        if session.migrated:
            verification.put_in_order(home)
        differences = verification.differences(place.root, home, place.folder)
        reject_losses(differences, allowed)
        verification.check(home)
    except UpdateError as failure:
        if not draft:
            raise _left(place, failure) from None
        work_left["checks"] = str(failure)
    text = describe(session, release.changes if release else "", differences, work_left)
    place.summary.write_text(text, encoding="utf-8")
    _commit(place, git)
    place.finish()
    if work_left:
        raise WorkLeftError(
            f"{session.branch} is a draft: {', '.join(work_left)}; see the summary."
        )
    _print_result(place, session)


def _migrate(place: UpdateFolder, session: UpdateState, release: Release) -> UpdateState:
    """Commit the merge, and run the remaining migrations.

    Raises:
        UpdateError: A commit fails.
    """
    home = place.tree / session.prefix
    pending = release.after(migrations.applied_release(home))
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
    migrations.save_release(home, release.number)
    return session


def _lock(home: Path) -> None:
    """Update the lock files with the service's raised pins.

    Raises:
        UpdateError: The pins conflict.
    """
    try:
        pins.update_npm_lock(home)
    except pins.PinError as error:
        raise UpdateError(str(error)) from None


def _reject_conflicts(git: Git, asking: UpdateState | None) -> None:
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
    if unresolved := marked(git):
        raise UpdateError("\n  ".join(["Conflict markers are left in:", *unresolved]))


def _reasons(heading: str, reasons: Mapping[str, str], bullet: str = "  ") -> str:
    return "\n".join([heading, *(f"{bullet}{path}: {why}" for path, why in reasons.items())])


def _left(place: UpdateFolder, reason: UpdateError) -> WorkLeftError:
    tree = place.tree.relative_to(place.root)
    return WorkLeftError(
        f"{reason}\n\nThe update is in {tree}. Fix it there, then continue:\n  {CONTINUE}\n"
        f"Or undo the update:\n  {UNDO}"
    )


def _commit(place: UpdateFolder, git: Git) -> None:
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


def _print_result(place: UpdateFolder, session: UpdateState) -> None:
    print(
        f"\n{place.summary.read_text(encoding='utf-8')}\n"
        f"The update is on the branch {session.branch} and passes all checks. {session.start} is "
        "unchanged.\n\n"
        f"  review it  git diff {session.start} {session.branch}\n"
        f"  merge it   git merge {session.branch} && python3 dev.py setup\n"
        f"  delete it  git branch -D {session.branch}\n"
    )


def abort(root: Path) -> None:
    """Remove a started update and everything that it created.

    Raises:
        UpdateError: No update was started.
    """
    place = UpdateFolder(root)
    if not place.busy:
        raise UpdateError("There is no update to undo.")
    place.abort()
    print("The update is removed. Your branch and your files weren't changed.")


def main(arguments: Sequence[str]) -> int:
    """Run an update; print errors to stderr.

    Args:
        arguments: The command line's.

    Returns:
        The exit code: 0 only if the update is complete.
    """
    parser = _parser()
    asked, options = parser.parse_known_args(arguments)
    if asked.template is None and not (asked.abort or asked.resume):
        parser.error("--template is required, which the launcher adds")
    try:
        if asked.abort:
            abort(asked.root)
        elif asked.resume:
            continue_update(asked.root, asked.template, draft=asked.draft, allowed=asked.replace)
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
        return WORK_LEFT if isinstance(error, WorkLeftError) else REJECTED
    except KeyboardInterrupt:
        print(f"Interrupted. To undo the update: {UNDO}", file=sys.stderr)
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
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
        "--continue",
        action="store_true",
        dest="resume",
        help="continue an update after you fixed the rest",
    )
    step.add_argument("--abort", action="store_true", help="undo an update")
    parser.add_argument(
        "--draft", action="store_true", help="commit the update even if work is left"
    )
    parser.add_argument(
        "-n",
        "--pretend",
        action="store_true",
        help="print the changes of an update, and keep nothing",
    )
    parser.add_argument(
        "--replace",
        action="append",
        default=[],
        metavar="STACK/RESOURCE",
        help="allow the update to replace or delete a stateful resource",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
