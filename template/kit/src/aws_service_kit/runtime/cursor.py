"""Signed cursors for pagination: positions that callers can read and send back, but not change.

A caller can read a position, so it must contain only data that its owner may know.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from aws_service_kit.runtime.errors import BadRequestError, InvalidInput

# A cursor is a signature and a position in base64url without padding. The firewall's rules limit a
# query string to 2,048 bytes.
FORM = re.compile(r"[A-Za-z0-9_-]{43,1024}")

_SIGNATURE_BYTES = hashlib.sha256().digest_size


def encode(position: str, *, secret: str, owner: str) -> str:
    """Return a URL-safe cursor to `position` that is valid for `owner` only."""
    content = position.encode()
    # A hash has a fixed length, so different owners and positions never give the same message.
    message = hashlib.sha256(owner.encode()).digest() + content
    signature = hmac.digest(secret.encode(), message, "sha256")
    return base64.urlsafe_b64encode(signature + content).decode().rstrip("=")


def decode(cursor: str, *, secret: str | Iterable[str], owner: str) -> str:
    """Return the position in a cursor made by `encode` with the same secret and owner.

    Args:
        cursor: The cursor that the caller sent.
        secret: The secret of `encode`, or several candidates. The next candidate is read only if
            no earlier one matches.
        owner: The owner that `encode` was called with.

    Raises:
        BadRequestError: The cursor was changed, belongs to another owner, or was signed with
            another secret.
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
