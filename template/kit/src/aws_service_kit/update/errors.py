"""Errors of an update."""

from __future__ import annotations

import re

UNTOUCHED = "Nothing was changed."
NO_TERMINAL = (
    "Without a terminal, no question can be asked: add --defaults, which keeps the recorded "
    "answers; --data NAME=VALUE changes one."
)
NO_TERMINAL_FOR_ASK = (
    "Without a terminal, no question can be asked: leave out --ask; --data NAME=VALUE changes an "
    "answer."
)
TRACEBACK = "Traceback (most recent call last):\n"
# The exception and its message, after the indented frames of a traceback.
RAISED = re.compile(r"^(?:[\w.]+: )?(?P<message>\S.*)", re.MULTILINE | re.DOTALL)


class UpdateError(Exception):
    """An update can't continue; the message gives the reason and the remedy."""


class WorkLeftError(UpdateError):
    """An update is on its branch and needs a person's decision before it can be merged."""


def reason(stderr: str) -> str:
    """Return in one line why a Python program failed: its exception, or its first line.

    Args:
        stderr: The program's standard error.
    """
    _, traceback, raised = stderr.rpartition(TRACEBACK)
    if traceback and (found := RAISED.search(raised)):
        return " ".join(found["message"].split())
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    # Such as prompt_toolkit's on a missing terminal, before Copier's own line.
    lines = [line for line in lines if not line.startswith("Warning: ")] or lines
    return lines[0].removeprefix("Error: ") if lines else "see above"
