"""Errors of an update."""

from __future__ import annotations

import re

UNTOUCHED = "Nothing was changed."
NO_TERMINAL = (
    "There is no terminal to ask questions: add --defaults, which keeps the answers; "
    "--data NAME=VALUE changes one."
)
NO_TERMINAL_FOR_ASK = (
    "There is no terminal to ask questions: leave out --ask; --data NAME=VALUE changes an answer."
)
TRACEBACK = "Traceback (most recent call last):\n"
# The exception and its message, after the indented frames of a traceback.
RAISED = re.compile(r"^(?:[\w.]+: )?(?P<message>\S.*)", re.MULTILINE | re.DOTALL)


class UpdateError(Exception):
    """An update can't continue; the message gives the reason and the remedy."""


class WorkLeftError(UpdateError):
    """An update is on its branch, and the team has to decide something before it can be merged."""


def reason(stderr: str) -> str:
    """Return why a Python program failed, in one line: its exception, or its first output line.

    Args:
        stderr: The program's standard error.
    """
    _, traceback, raised = stderr.rpartition(TRACEBACK)
    if traceback and (found := RAISED.search(raised)):
        return " ".join(found["message"].split())
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    # Omits warnings before Copier's message, such as prompt_toolkit's on a missing terminal.
    lines = [line for line in lines if not line.startswith("Warning: ")] or lines
    return lines[0].removeprefix("Error: ") if lines else "see above"
