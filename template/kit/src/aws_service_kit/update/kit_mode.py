"""Switch from a vendored kit to one by git: an update that removes the folder `kit/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_service_kit.update.errors import UNTOUCHED, UpdateError
from aws_service_kit.update.tree_entries import FOLDER, entries_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_service_kit.update.pristine import Pristine
    from aws_service_kit.update.service import ServiceCheckout
    from aws_service_kit.update.tree_entries import Entry

KIT = "kit"


def reject_patched_kit(service: ServiceCheckout, pristine: Pristine) -> None:
    """Reject the removal of a kit that the team has patched.

    Args:
        service: The service, on the update's branch.
        pristine: Its pristine copy, before and after the update.

    Raises:
        UpdateError: The update removes the kit, and the team has changed or added files there.
    """
    before = _kit(entries_of(pristine.git, pristine.base))
    if not before or _kit(entries_of(pristine.git, pristine.target)):
        return
    patches = {
        path: "changed" if path in before else "added"
        for path, entry in _kit(entries_of(service.git)).items()
        if entry != before.get(path)
    }
    if patches:
        listed = "\n".join(f"  {path}: {what}" for path, what in sorted(patches.items()))
        raise UpdateError(
            f"The kit is patched, so the update can't replace it by kit=git:\n{listed}\n"
            "Move these changes to the template, or to modules outside kit/. Then "
            f"{_restore(service, pristine)}, and update again. {UNTOUCHED}"
        )


def _restore(service: ServiceCheckout, pristine: Pristine) -> str:
    """Return the instruction to restore the release's files."""
    if (service.root / KIT).is_dir():
        return f"restore the files of template/kit at {pristine.before}"
    return "update with kit=vendored, which adds that folder, and restore these files there"


def _kit(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return the entries that aren't folders of the kit."""
    return {
        path: entry
        for path, entry in entries.items()
        if entry.mode != FOLDER and (path == KIT or path.startswith(f"{KIT}/"))
    }
