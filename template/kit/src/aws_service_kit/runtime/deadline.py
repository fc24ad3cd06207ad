"""The time that an invocation has left, so that work ends before Lambda cuts it off.

What is cut off writes neither its log line nor its metrics, and acknowledges nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Protocol, runtime_checkable

# Seconds for the log line, the metrics and the answer.
MARGIN_SECONDS = 0.5


@runtime_checkable
class Clock(Protocol):
    """The part of Lambda's context object that knows the time-out."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds after which Lambda cuts the invocation off."""
        ...


_clock: Clock | None = None
_paces: "dict[str, Pace]" = {}


@contextmanager
def of(context: object) -> Iterator[None]:
    """Take the time of an invocation from its context; one that knows none has no end."""
    global _clock  # noqa: PLW0603 (an execution environment has one invocation at a time)
    _clock = context if isinstance(context, Clock) else None
    try:
        yield
    finally:
        _clock = None
        _paces.clear()


def remaining_seconds() -> float:
    """Return the seconds that the present invocation has left; outside of one they are infinite."""
    return inf if _clock is None else _clock.get_remaining_time_in_millis() / 1000


class Pace:
    """How long pieces of work of one kind take, and whether there is time for another one."""

    def __init__(self) -> None:
        self._longest = 0.0

    def allows_another(self) -> bool:
        """Say whether the time that is left suffices for the longest piece so far and the end."""
        return remaining_seconds() >= self._longest + MARGIN_SECONDS

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Remember how long the block takes."""
        before = remaining_seconds()
        try:
            yield
        finally:
            if before < inf:
                self._longest = max(self._longest, before - remaining_seconds())


def pace(kind: str) -> Pace:
    """Return the present invocation's pace of a kind of work, such as calls of one dependency."""
    return _paces.setdefault(kind, Pace())
