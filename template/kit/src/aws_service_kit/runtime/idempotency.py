"""Identifiers of idempotent requests: a digest of the key and a fingerprint of the body.

An adapter stores the entity and its idempotency item in one transaction, so that neither exists
without the other. Semantics: IETF draft "The Idempotency-Key HTTP Header".
"""

import hashlib
import json
import re

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
# Visible ASCII characters, which a header can contain.
KEY = re.compile(r"[\x21-\x7e]{1,255}")
RETENTION_SECONDS = 24 * 60 * 60


def digest(owner: str, key: str) -> str:
    """Return an identifier of a caller's idempotency key: 64 hexadecimal digits."""
    return _sha256([owner, key])


def fingerprint(payload: object) -> str:
    """Return an identifier of a JSON payload, for any order of keys: 64 hexadecimal digits.

    Pass the payload as the caller sent it (`Request.fingerprint`). A model's defaults change with
    releases, which would change the fingerprint of the same request.
    """
    return _sha256(payload)


def _sha256(value: object) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
