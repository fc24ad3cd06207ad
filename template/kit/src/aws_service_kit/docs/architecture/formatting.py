"""Format numbers and durations as text."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def counted(number: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """Return a duration in its largest whole unit."""
    if seconds >= DAY and seconds % DAY == 0:
        return counted(int(seconds // DAY), "day")
    for unit, name in ((HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"
