"""Remove the sample from a service, and keep the team's code.

Files of the sample that the team hasn't changed are deleted, or replaced by those of an empty
service. Files that the team changed or added stay, and so do the sample's files that they use.
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
from aws_service_kit.update.launcher import CURRENT, ReleaseFolder, exclusive
from aws_service_kit.update.ownership import Ownership
from aws_service_kit.update.pristine import copy
from aws_service_kit.update.sample.removal import plan
from aws_service_kit.update.service import inspect
from aws_service_kit.update.update_state import UpdateFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from aws_service_kit.update.sample.removal import Removal
    from aws_service_kit.update.service import ServiceCheckout

REJECTED = 1
EXAMPLES = """\
examples:
  python3 dev.py remove-sample --dry-run   print the files that would be removed, and the others
  python3 dev.py remove-sample             remove the sample, in the working tree only
"""
NEXT = """\
Next:
  python3 dev.py check                 then commit
  git restore --staged --worktree .    to undo it
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
        UpdateError: There are uncommitted changes, or the template can't be reached. Nothing was
            changed.
    """
    download = ReleaseFolder(root)
    with exclusive(root):
        if UpdateFolder(root).busy:
            raise UpdateError(
                "An update is in progress: finish it first, or python3 dev.py update --abort"
            )
        service = inspect(root, command="remove-sample")
        try:
            download.fetch(
                service,
                None if unreleased else origin_of(service),
                CURRENT,
                prereleases=False,
                verifies=verify_recorded,
            )
            service = replace(service, clone=download.clone)
            copy(service, service.commit, empty_answers(service), download.folder / "empty")
            removal = plan(root, download.folder / "empty", download.clone)
        finally:
            download.clear()
        if not dry_run:
            removal.apply(root)
    return describe(removal, dry_run=dry_run)


def empty_answers(service: ServiceCheckout) -> dict[str, object]:
    """Return the answers of the empty service, with the stacks whose files the service has.

    A stack that is switched off has files and stays deployed, so its files aren't deleted.
    """
    chosen = {
        *service.answers.get("stacks", ()),
        *Ownership.read(service.root).stacks_in(service.root),
    }
    return {**service.answers, "scaffold": "empty", "stacks": sorted(chosen)}


def describe(removal: Removal, *, dry_run: bool) -> str:
    """Return a summary of the removal, or of what it would do."""
    reasons = (f"{path}, used by {reason}" for path, reason in sorted(removal.kept.items()))
    parts = [
        _listed("The team's files, which stay", removal.team),
        _listed("Files of the sample that other files use, which stay", reasons),
        _listed("Emptied", removal.emptied),
        _listed("Deleted", removal.removed),
    ]
    if not removal.changes:
        parts.append("Nothing to remove: other files use all files of the sample that are left.")
    elif dry_run:
        parts.append("Nothing was changed. To remove the files, run it without --dry-run.")
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
