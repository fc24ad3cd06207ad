"""Why an update doesn't go on."""

from __future__ import annotations

import re

UNTOUCHED = "Nothing was changed."
TRACEBACK = "Traceback (most recent call last):\n"
# The exception after a traceback's frames, which are indented, and what it says.
RAISED = re.compile(r"^(?:[\w.]+: )?(?P<message>\S.*)", re.MULTILINE | re.DOTALL)


class UpdateError(Exception):
    """An update can't go on; the message says why, and what to do."""


class WorkLeftError(UpdateError):
    """An update is on its branch, but somebody has to look at it before it can be taken."""


def reason(stderr: str) -> str:
    """Return in one line why a program in Python ended: what it raised, or its first line.

    Args:
        stderr: What the program wrote there.
    """
    _, traceback, raised = stderr.rpartition(TRACEBACK)
    if traceback and (found := RAISED.search(raised)):
        return " ".join(found["message"].split())
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[0].removeprefix("Error: ") if lines else "see above"
