"""The Brazilian natural person's registration number (CPF): personal data."""

import re
from dataclasses import dataclass, field

from service.domain.errors import InvalidCpfError

_DIGITS = re.compile(r"[0-9]{11}")


@dataclass(frozen=True, slots=True)
class Cpf:
    """A valid CPF.

    Attributes:
        number: its 11 digits. `repr` omits them, because logs may contain it.

    Raises:
        InvalidCpfError: the number hasn't 11 digits, or its check digits are wrong.
    """

    number: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _DIGITS.fullmatch(self.number) or not _has_check_digits(self.number):
            raise InvalidCpfError("The value isn't a CPF.")

    @property
    def masked(self) -> str:
        """The number as users may see it: only the six middle digits, such as `***.456.789-**`."""
        return f"***.{self.number[3:6]}.{self.number[6:9]}-**"


def check_digits(base: str) -> str:
    """Return the two check digits of a CPF's first nine digits (Receita Federal, modulo 11)."""
    first = _check_digit(base)
    return first + _check_digit(base + first)


def _has_check_digits(number: str) -> bool:
    # Eleven equal digits pass the check, but no such CPF is issued.
    return len(set(number)) > 1 and check_digits(number[:9]) == number[9:]


def _check_digit(digits: str) -> str:
    # The weights increase from the last digit to the first.
    total = sum(weight * int(digit) for weight, digit in enumerate(reversed(digits), start=2))
    return str(total * 10 % 11 % 10)
