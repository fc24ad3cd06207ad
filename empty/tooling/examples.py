"""Example messages. `python3 dev.py local` prints a command for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_service_kit.local.messages import Example

# The key is the receiver: its stack and its logical id.
EXAMPLES: Mapping[str, Example] = {}
