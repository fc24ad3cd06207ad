"""What a stack leaves behind that is switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_service_kit.update.ownership import Ownership

if TYPE_CHECKING:
    from pathlib import Path

    from aws_service_kit.update.pristine import Pristine
    from aws_service_kit.update.service import Service


def any_switched_off(service: Service, pristine: Pristine) -> bool:
    """Return whether a stack that the service had isn't chosen any more."""
    before, now = (each.answers.get("stacks", []) for each in (service, pristine))
    return not set(before) <= set(now)


def left_behind(service: Service, pristine: Pristine, fresh: Path) -> tuple[str, ...]:
    """List the team's files that no stack would bring any more.

    Args:
        service: The service.
        pristine: What the template makes of it, with the answers of now.
        fresh: A new copy with these answers.
    """
    ownership = Ownership.read(pristine.home)
    seeded = pristine.git.names("ls-tree", "-r", "--name-only", "-z", pristine.base)
    return tuple(
        path
        for path in seeded
        if ownership.of(path) == "service"
        and not (fresh / path).exists()
        and (service.root / path).exists()
    )
