"""One id that follows a request through logs, answers, queues and events (control O2)."""

import re

HEADER = "X-Correlation-Id"

# Only the shapes of generated ids, which will be logged: no name fits into one, and no document,
# account or card number has one. In turn: UUID, W3C trace id (or a bare UUID), X-Ray trace id.
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SAFE = re.compile(
    rf"{_UUID.pattern}|[0-9a-f]{{32}}|(Root=)?1-[0-9a-f]{{8}}-[0-9a-f]{{24}}", re.IGNORECASE
)


def is_safe(value: str) -> bool:
    """Tell whether a correlation id from outside may be logged and passed on."""
    return _SAFE.fullmatch(value) is not None


def is_uuid(value: str) -> bool:
    """Return whether an id from outside is a UUID, as API Gateway makes them."""
    return _UUID.fullmatch(value) is not None
