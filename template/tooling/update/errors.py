# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Why an update doesn't go on."""


class UpdateError(Exception):
    """An update can't go on; the message says why, and what to do."""


class WorkLeftError(UpdateError):
    """An update is on its branch, but somebody has to look at it before it can be taken."""
