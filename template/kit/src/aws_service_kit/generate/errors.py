"""Errors of generators."""


class GenerateError(Exception):
    """A command can't do what was asked for; the message is one line that says what to do."""


class NoPlace(Exception):  # noqa: N818 (the user inserts the lines: a result, and no failure)
    """An edit doesn't find its place in a file, so the user inserts the lines by hand.

    Args:
        where: The place, such as `at the end of ApiStack.__init__`.
        lines: The lines to insert.
        reason: Why the edit doesn't find its place.
    """

    def __init__(self, where: str, lines: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.lines = lines
        self.reason = reason
