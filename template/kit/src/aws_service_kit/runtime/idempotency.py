"""The pure part of idempotent requests: what identifies one, and what it asked for.

The record and the item that remembers it are written in one transaction, so that there is no
time in which one exists without the other. Semantics: IETF draft "The Idempotency-Key HTTP Header".
"""

import hashlib
import json
import re

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
# Visible ASCII: a key may be any text that fits into a header.
KEY = re.compile(r"[\x21-\x7e]{1,255}")
RETENTION_SECONDS = 24 * 60 * 60


def digest(owner: str, key: str) -> str:
    """Return what identifies a caller's idempotency key: 64 hexadecimal digits."""
    return _sha256([owner, key])


def fingerprint(payload: object) -> str:
    """Return what identifies a JSON payload, whatever the order of its keys: 64 hex digits.

    Give it what the caller sent (`Request.fingerprint`): a model's defaults change with releases,
    and with them the fingerprint of the same request.
    """
    return _sha256(payload)


def _sha256(value: object) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
