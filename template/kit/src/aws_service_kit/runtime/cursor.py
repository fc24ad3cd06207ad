"""Signed cursors for paging: a position that callers can read and hand back, but not change.

A position holds nothing that its owner may not know; callers have no reason to look into it.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from aws_service_kit.runtime.errors import BadRequestError, InvalidInput

# The form of every cursor: base64url without padding, of a signature and a position. A firewall's
# rules allow 2,048 bytes to a whole query string.
FORM = re.compile(r"[A-Za-z0-9_-]{43,1024}")

_SIGNATURE_BYTES = hashlib.sha256().digest_size


def encode(position: str, *, secret: str, owner: str) -> str:
    """Return a URL-safe cursor to `position`, of use to `owner` only."""
    content = position.encode()
    # Hashed, the owner has a fixed length: no other owner and position give the same message.
    message = hashlib.sha256(owner.encode()).digest() + content
    signature = hmac.digest(secret.encode(), message, "sha256")
    return base64.urlsafe_b64encode(signature + content).decode().rstrip("=")


def decode(cursor: str, *, secret: str | Iterable[str], owner: str) -> str:
    """Return the position in a cursor made by `encode` with the same secret and owner.

    Args:
        cursor: what the caller handed back.
        secret: what `encode` had, or several that it may have had; the next is taken only when the
            cursor fits none before.
        owner: whose it should be.

    Raises:
        BadRequestError: the cursor was altered, or made for somebody else or with another secret.
    """
    invalid = InvalidInput("query", "cursor", "cursor_invalid", "The cursor isn't valid.")
    try:
        position = base64.urlsafe_b64decode(cursor + "==")[_SIGNATURE_BYTES:].decode()
    except ValueError:
        raise BadRequestError(invalid=[invalid]) from None
    secrets = [secret] if isinstance(secret, str) else secret
    expected = (encode(position, secret=candidate, owner=owner) for candidate in secrets)
    if not any(hmac.compare_digest(one.encode(), cursor.encode()) for one in expected):
        raise BadRequestError(invalid=[invalid])
    return position
