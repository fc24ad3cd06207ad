"""Remove the sample that a new service begins with, and keep what the team wrote.

Files of the sample that the team hasn't changed are deleted, or become the files of a service that
began empty. Files that the team changed or added stay, with the sample's files that they need.
Nothing is committed.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from aws_service_kit.project import ROOT
from aws_service_kit.update.authenticity import origin_of, verify_recorded
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.launcher import CURRENT, Launchpad, alone
from aws_service_kit.update.ownership import Ownership
from aws_service_kit.update.pristine import copy
from aws_service_kit.update.sample.removal import plan
from aws_service_kit.update.service import inspect
from aws_service_kit.update.update_state import Workplace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from aws_service_kit.update.sample.removal import Removal
    from aws_service_kit.update.service import ServiceCheckout

REJECTED = 1
EXAMPLES = """\
examples:
  python3 dev.py remove-sample --dry-run   print what would be removed, and what would stay
  python3 dev.py remove-sample             remove it, in the working tree only
"""
NEXT = """\
Next:
  python3 dev.py check                 then commit
  git restore --staged --worktree .    to go back instead
Removed routes and events break callers: kit/guides/breaking-changes.md"""


def remove(root: Path, *, dry_run: bool, unreleased: bool) -> str:
    """Remove the sample from a service.

    Args:
        root: The service's folder.
        dry_run: Only return the summary.
        unreleased: Accept any version of the template, without verification.

    Returns:
        A summary.

    Raises:
        UpdateError: The service isn't in git as it is, or the template can't be reached. Nothing
            was changed.
    """
    pad = Launchpad(root)
    with alone(root):
        if Workplace(root).busy:
            raise UpdateError(
                "An update was begun: finish it first, or python3 dev.py update --abort"
            )
        service = inspect(root, command="remove-sample")
        try:
            pad.fetch(
                service,
                None if unreleased else origin_of(service),
                CURRENT,
                prereleases=False,
                verifies=verify_recorded,
            )
            service = replace(service, clone=pad.clone)
            copy(service, service.commit, empty_answers(service), pad.folder / "empty")
            removal = plan(root, pad.folder / "empty", pad.clone)
        finally:
            pad.clear()
        if not dry_run:
            removal.apply(root)
    return describe(removal, dry_run=dry_run)


def empty_answers(service: ServiceCheckout) -> dict[str, object]:
    """Return the answers of the empty service, with the stacks whose files the service has.

    A stack that is switched off keeps its files and stays deployed, so it isn't deleted either.
    """
    chosen = {
        *service.answers.get("stacks", ()),
        *Ownership.read(service.root).stacks_in(service.root),
    }
    return {**service.answers, "scaffold": "empty", "stacks": sorted(chosen)}


def describe(removal: Removal, *, dry_run: bool) -> str:
    """Return a summary of what is done, or would be."""
    reasons = (f"{path}, for {reason}" for path, reason in sorted(removal.kept.items()))
    parts = [
        _listed("Yours, which stay as they are", removal.team),
        _listed("Of the sample, which stay because other files use them", reasons),
        _listed("Emptied", removal.emptied),
        _listed("Deleted", removal.removed),
    ]
    if not removal.changes:
        parts.append("Nothing to remove: no file of the sample is left that no other file uses.")
    elif dry_run:
        parts.append("Nothing was changed: run it without --dry-run.")
    else:
        parts.append(NEXT)
    return "\n\n".join(filter(None, parts))


def _listed(heading: str, paths: Iterable[str]) -> str:
    found = sorted(paths)
    return "\n  ".join([f"{heading} ({len(found)}):", *found]) if found else ""


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 dev.py remove-sample",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-n", "--dry-run", action="store_true", help="only print the summary")
    parser.add_argument(
        "--unreleased",
        action="store_true",
        help="accept the version that the service was made from without verification",
    )
    given = parser.parse_args(arguments)
    try:
        print(remove(root, dry_run=given.dry_run, unreleased=given.unreleased))
    except UpdateError as error:
        print(f"error: {error}", file=sys.stderr)
        return REJECTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
