"""The correlation id: one id for a request in logs, responses, queues and events (control O2)."""

import re

HEADER = "X-Correlation-Id"

# Correlation ids are logged, so only these forms of generated ids are accepted: a UUID, a W3C trace
# id (or a UUID without hyphens), an X-Ray trace id. Names, and numbers of documents, accounts or
# cards, never have one of these forms.
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SAFE = re.compile(
    rf"{_UUID.pattern}|[0-9a-f]{{32}}|(Root=)?1-[0-9a-f]{{8}}-[0-9a-f]{{24}}", re.IGNORECASE
)


def is_safe(value: str) -> bool:
    """Return whether a correlation id from outside may be logged and passed on."""
    return _SAFE.fullmatch(value) is not None


def is_uuid(value: str) -> bool:
    """Return whether an id from outside is a UUID, as API Gateway creates them."""
    return _UUID.fullmatch(value) is not None
