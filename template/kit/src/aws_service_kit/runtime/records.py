"""Read stored items, of which some may be damaged or written by a later release.

An unreadable item never stops the work on others. The metric `UnreadableRecord` counts it. The log
line has the location in the code, without the item's values.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from aws_service_kit.runtime import ids
from aws_service_kit.runtime.errors import RETRY_AFTER_SECONDS, DependencyUnavailableError
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.metrics import count

_Stored = TypeVar("_Stored")
_Parsed = TypeVar("_Parsed")

# Python's exceptions for missing, unknown and wrongly typed values.
_UNREADABLE = (ArithmeticError, LookupError, TypeError, ValueError)


def read(
    stored: _Stored,
    reader: Callable[[_Stored], _Parsed],
    *,
    record_id: Callable[[_Stored], str],
) -> _Parsed:
    """Return a stored item as `reader` parses it.

    Args:
        stored: The item in the store's format.
        reader: Parses it; raises `KeyError`, `ValueError` or similar for an unreadable one.
        record_id: Returns the id to log; it is logged only if it has the form of `ids`.

    Raises:
        DependencyUnavailableError: This release can't read the item. During a deployment, a retry
            may reach the later release.
    """
    try:
        return reader(stored)
    except _UNREADABLE as error:
        _report(error, record_id(stored))
    raise DependencyUnavailableError(
        "This release can't read a stored item.", retry_after=RETRY_AFTER_SECONDS
    )


def readable(
    stored: Iterable[_Stored],
    reader: Callable[[_Stored], _Parsed],
    *,
    record_id: Callable[[_Stored], str],
) -> Iterator[_Parsed]:
    """Yield each item as `reader` parses it, without the unreadable ones.

    Args:
        stored: The items in the store's format.
        reader: As for `read`.
        record_id: As for `read`.
    """
    for one in stored:
        try:
            parsed = reader(one)
        except _UNREADABLE as error:
            _report(error, record_id(one))
        else:
            yield parsed


def _report(error: Exception, record_id: str) -> None:
    count("UnreadableRecord")
    extra = {"record_id": record_id} if ids.is_id(record_id) else {}
    logger.error("Record unreadable", exc_info=error, extra=extra)
