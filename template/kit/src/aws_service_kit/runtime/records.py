"""Reading stored records, some of which a later release wrote or which are damaged.

An unreadable record never stops the work on others. It is counted by the metric `UnreadableRecord`
and logged with the location in the code, without its values.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from aws_service_kit.runtime import ids
from aws_service_kit.runtime.errors import RETRY_AFTER_SECONDS, DependencyUnavailableError
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.metrics import count

_Stored = TypeVar("_Stored")
_Record = TypeVar("_Record")

# Python's exceptions for missing, unknown and wrongly typed values.
_UNREADABLE = (ArithmeticError, LookupError, TypeError, ValueError)


def read(
    stored: _Stored,
    reader: Callable[[_Stored], _Record],
    *,
    record_id: Callable[[_Stored], str],
) -> _Record:
    """Return a stored record as `reader` parses it.

    Args:
        stored: The record in the store's form.
        reader: Parses it; raises `KeyError`, `ValueError` or similar for an unreadable one.
        record_id: Returns the id to log; it is logged only if it has the form of `ids`.

    Raises:
        DependencyUnavailableError: This release can't read the record. During a deployment, a retry
            may reach the later release.
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
    """Yield each record as `reader` parses it, without the unreadable ones.

    Args:
        stored: The records in the store's form.
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
