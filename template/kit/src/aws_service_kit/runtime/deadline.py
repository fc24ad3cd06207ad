"""The remaining time of an invocation, so that work ends before Lambda's time-out.

An invocation that times out writes no log line and no metrics, and acknowledges no message.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Protocol, runtime_checkable

# Seconds reserved for the log line, the metrics and the response.
MARGIN_SECONDS = 0.5


@runtime_checkable
class Clock(Protocol):
    """The part of Lambda's context object that has the remaining time."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the invocation times out."""
        ...


_clock: Clock | None = None
_paces: "dict[str, Pace]" = {}


@contextmanager
def of(context: object) -> Iterator[None]:
    """Use the remaining time of a context object for the block; infinite if it has none."""
    global _clock  # noqa: PLW0603 (an execution environment has one invocation at a time)
    _clock = context if isinstance(context, Clock) else None
    try:
        yield
    finally:
        _clock = None
        _paces.clear()


def remaining_seconds() -> float:
    """Return the seconds that the current invocation has left; infinite outside an invocation."""
    return inf if _clock is None else _clock.get_remaining_time_in_millis() / 1000


class Pace:
    """The longest duration of one type of work, and whether another piece of it fits."""

    def __init__(self) -> None:
        self._longest = 0.0

    def allows_another(self) -> bool:
        """Return whether the remaining time is enough for the longest piece plus the margin."""
        return remaining_seconds() >= self._longest + MARGIN_SECONDS

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure the duration of the block."""
        before = remaining_seconds()
        try:
            yield
        finally:
            if before < inf:
                self._longest = max(self._longest, before - remaining_seconds())


def pace(kind: str) -> Pace:
    """Return the current invocation's pace of a type of work, such as calls of one dependency."""
    return _paces.setdefault(kind, Pace())
