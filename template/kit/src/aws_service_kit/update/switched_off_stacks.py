"""The files of stacks that are switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_service_kit.update.ownership import Ownership

if TYPE_CHECKING:
    from pathlib import Path

    from aws_service_kit.update.pristine import Pristine
    from aws_service_kit.update.service import ServiceCheckout


def any_switched_off(service: ServiceCheckout, pristine: Pristine) -> bool:
    """Return whether a stack of the service is no longer chosen."""
    before, now = (each.answers.get("stacks", []) for each in (service, pristine))
    return not set(before) <= set(now)


def left_behind(service: ServiceCheckout, pristine: Pristine, fresh: Path) -> tuple[str, ...]:
    """Return the team's files of stacks that are no longer chosen.

    Args:
        service: The service.
        pristine: Its pristine copy with the current answers.
        fresh: A new copy with the current answers.
    """
    ownership = Ownership.read(pristine.home)
    paths = pristine.git.names("ls-tree", "-r", "--name-only", "-z", pristine.base)
    return tuple(
        path
        for path in paths
        if ownership.of(path) == "service"
        and not (fresh / path).exists()
        and (service.root / path).exists()
    )
