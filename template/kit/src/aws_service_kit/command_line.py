"""Types of arguments on command lines, for argparse."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def number_in(numbers: range) -> Callable[[str], int]:
    """Return a type that accepts the numbers of a range."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or int(text) not in numbers:
            raise argparse.ArgumentTypeError(f"a number from {numbers[0]} to {numbers[-1]}")
        return int(text)

    return parse
