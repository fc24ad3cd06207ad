"""Errors of generators."""


class GenerateError(Exception):
    """A command can't be carried out; the message gives the reason and the remedy in one line."""


class NoPlace(Exception):  # noqa: N818 (not a failure: the user inserts the lines)
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
