"""The Brazilian natural person's registration number (CPF): personal data."""

import re
from dataclasses import dataclass, field

from service.domain.errors import InvalidCpfError

_DIGITS = re.compile(r"[0-9]{11}")


@dataclass(frozen=True, slots=True)
class Cpf:
    """A valid CPF.

    Attributes:
        number: its 11 digits; kept out of `repr`, which ends up in logs.

    Raises:
        InvalidCpfError: not 11 digits, or wrong check digits.
    """

    number: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _DIGITS.fullmatch(self.number) or not _has_check_digits(self.number):
            raise InvalidCpfError("The value isn't a CPF.")

    @property
    def masked(self) -> str:
        """Return what may be shown: the six digits in the middle, e.g. `***.456.789-**`."""
        return f"***.{self.number[3:6]}.{self.number[6:9]}-**"


def check_digits(base: str) -> str:
    """Return the two check digits of a CPF's first nine digits (Receita Federal, modulo 11)."""
    first = _check_digit(base)
    return first + _check_digit(base + first)


def _has_check_digits(number: str) -> bool:
    # Eleven equal digits satisfy the check, but are never given out.
    return len(set(number)) > 1 and check_digits(number[:9]) == number[9:]


def _check_digit(digits: str) -> str:
    # The weights grow from the last digit to the first.
    total = sum(weight * int(digit) for weight, digit in enumerate(reversed(digits), start=2))
    return str(total * 10 % 11 % 10)
