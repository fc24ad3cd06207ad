"""Stored records that this release can't read: a later one wrote them, or they are damaged.

One such record never stops the work on others. Each is counted by the metric `UnreadableRecord` and
logged with the place in the code that couldn't read it, without its values.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from aws_service_kit.runtime import ids
from aws_service_kit.runtime.errors import RETRY_AFTER_SECONDS, DependencyUnavailableError
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.metrics import count

_Stored = TypeVar("_Stored")
_Record = TypeVar("_Record")

# What Python raises for values that are missing, unknown or of another kind.
_UNREADABLE = (ArithmeticError, LookupError, TypeError, ValueError)


def read(
    stored: _Stored,
    reader: Callable[[_Stored], _Record],
    *,
    record_id: Callable[[_Stored], str],
) -> _Record:
    """Return what `reader` makes of a stored record.

    Args:
        stored: The record, as the store gave it.
        reader: Raises `KeyError`, `ValueError` and the like for what it can't read.
        record_id: Returns what is logged, unless it isn't an id of `aws_service_kit.runtime.ids`.

    Raises:
        DependencyUnavailableError: It can't be read by this release. While a later one is being
            deployed, the next attempt may reach that.
    """
    try:
        return reader(stored)
    except _UNREADABLE as error:
        _report(error, record_id(stored))
    raise DependencyUnavailableError(
        "A stored record can't be read by this release.", retry_after=RETRY_AFTER_SECONDS
    )


def readable(
    stored: Iterable[_Stored],
    reader: Callable[[_Stored], _Record],
    *,
    record_id: Callable[[_Stored], str],
) -> Iterator[_Record]:
    """Yield what `reader` makes of each record, without those that can't be read.

    Args:
        stored: The records.
        reader: As for `read`.
        record_id: As for `read`.
    """
    for one in stored:
        try:
            record = reader(one)
        except _UNREADABLE as error:
            _report(error, record_id(one))
        else:
            yield record


def _report(error: Exception, record_id: str) -> None:
    count("UnreadableRecord")
    extra = {"record_id": record_id} if ids.is_id(record_id) else {}
    logger.error("Record unreadable", exc_info=error, extra=extra)
