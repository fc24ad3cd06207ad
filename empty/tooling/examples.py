"""Messages to try the service with: `python3 dev.py local` shows a command for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_service_kit.local.messages import Example

# By the receiver: its stack and its logical id.
EXAMPLES: Mapping[str, Example] = {}
