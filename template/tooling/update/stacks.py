# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What a stack leaves behind that is switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tooling.update.ownership import Ownership
from tooling.update.pristine import copy

if TYPE_CHECKING:
    from pathlib import Path

    from tooling.update.pristine import Pristine
    from tooling.update.service import Service


def left_behind(service: Service, pristine: Pristine, folder: Path) -> tuple[str, ...]:
    """List the team's files that no stack would bring any more.

    Args:
        service: The service, with its answers of before.
        pristine: What the template makes of it, with the answers of now.
        folder: A folder to work in, which must not exist.

    Raises:
        UpdateError: The template can't be reached. Nothing was changed.
    """
    answers = {name: value for name, value in pristine.answers.items() if not name.startswith("_")}
    if set(service.answers.get("stacks", [])) <= set(answers.get("stacks", [])):
        return ()
    copy(service, pristine.after, answers, folder)
    ownership = Ownership.read(pristine.home)
    seeded = pristine.git.names("ls-tree", "-r", "--name-only", "-z", pristine.base)
    return tuple(
        path
        for path in seeded
        if ownership.of(path) == "service"
        and not (folder / path).exists()
        and (service.root / path).exists()
    )
