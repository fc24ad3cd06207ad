"""The current time, and identifiers that sort by time."""

import re
import secrets
import uuid
from datetime import UTC, datetime

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def new_id(at: datetime) -> str:
    """Return a new UUID of version 7 (RFC 9562), which sorts by the millisecond of `at`."""
    value = int(at.timestamp() * 1000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76  # version
    value = value & ~(0x3 << 62) | 0x2 << 62  # variant
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Return whether a text has the form of the ids of `new_id`."""
    return _ID.fullmatch(text) is not None
